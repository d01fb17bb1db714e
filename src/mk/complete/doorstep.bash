# bash completion for doorstep. The answers are the program's own tables.
# shellcheck shell=bash disable=SC2034

# What completes a question: in the array `words`. False: there is no such question.
_doorstep_answer() {
    words=()
    case $1 in
@answers@
    *) return 1 ;;
    esac
}

# The line as the shell will part it into words, in `given`; nothing in it is run.
_doorstep_split() {
    local line=$1 quote='' word='' open='' char i
    given=()
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1}
        if [[ $quote && $char == "$quote" ]]; then
            quote=''
        elif [[ $quote ]]; then
            word+=$char
        elif [[ $char == [\'\"] ]]; then
            quote=$char open=1
        elif [[ $char == \\ ]]; then
            i=$((i + 1)) open=1
            word+=${line:i:1}
        elif [[ $char == [[:blank:]] ]]; then
            [[ ! $open ]] || given+=("$word")
            word='' open=''
        else
            word+=$char open=1
        fi
    done
    given+=("$word")
}

# Where the cursor is: the command, the option a value is wanted of, which operand it would be.
_doorstep_walk() {
    local i word last=$((${#given[@]} - 1))
    command='' first='' wants='' operand=1 options=1
    for ((i = 1; i < last; i++)); do
        word=${given[i]}
        if [[ $wants ]]; then
            wants=''
        elif [[ $options && $word == -- ]]; then
            options=''
        elif [[ $options && $word == --?* ]]; then
            [[ $word == *=* ]] || ! _doorstep_answer "value${command:+ $command} $word" || wants=$word
        elif [[ ! $first ]]; then
            first=$word
            ! _doorstep_answer "options $word" || command=$word
        elif [[ $operand -eq 1 ]] && _doorstep_answer "options $first $word" && [[ $command != *\ * ]]; then
            command="$first $word"
        else
            operand=$((operand + 1))
        fi
    done
}

# A filter's last qualifier or value; what stands before it stays: -kind:lost,dam
_doorstep_filter() {
    local cur=$1 kept='' name=${1#-} i
    if [[ $cur == *:* ]]; then
        _doorstep_answer "filter ${name%%:*}:" || return
        kept=${cur%%:*}:
        [[ $cur != *,* ]] || kept=${cur%,*},
    else
        _doorstep_answer filter
        [[ $cur != -* ]] || kept=-
    fi
    for i in "${!words[@]}"; do words[i]=$kept${words[i]}; done
}

_doorstep() {
    local cur command first wants operand options typed i
    local -a given words found
    _doorstep_split "${COMP_LINE:0:COMP_POINT}"
    _doorstep_walk
    typed=${given[-1]} cur=$typed words=()
    if [[ $wants ]]; then
        _doorstep_answer "value${command:+ $command} $wants"
    elif [[ $options && $cur == --*=* ]]; then
        _doorstep_answer "value${command:+ $command} ${cur%%=*}"
        cur=${cur#*=}
    elif [[ $options && $cur == -* && ! ($command && $cur != --*) ]]; then
        _doorstep_answer "options${command:+ $command}"
    elif [[ ! $first ]]; then
        _doorstep_answer first
    else
        ! _doorstep_answer "operand $command $operand" || found=("${words[@]}")
        if [[ $operand -eq 1 && $command != *\ * ]] && _doorstep_answer "second $first"; then
            found+=("${words[@]}")
        fi
        words=("${found[@]}")
    fi
    case ${words[0]-} in
    @files) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
    @folders) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
    *)
        [[ ${words[0]-} != @filter ]] || _doorstep_filter "$cur"
        [[ ${words[0]-} != @first ]] || _doorstep_answer first
        COMPREPLY=()           # not by compgen -W: it would run what was typed
        for i in "${words[@]}"; do
            [[ $i != "$cur"* ]] || COMPREPLY+=("$i")
        done
        ;;
    esac
    [[ ${COMPREPLY[*]-} != *: ]] || compopt -o nospace 2>/dev/null
    # readline replaces only what stands behind the last of these where they part words
    local kept=''
    [[ $COMP_WORDBREAKS != *:* || $cur != *:* ]] || kept=${cur%"${cur##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

complete -F _doorstep doorstep
