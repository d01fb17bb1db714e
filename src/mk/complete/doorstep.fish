# fish completion for doorstep. The answers are the program's own tables.

# What completes a question: in __doorstep_words, a word and its description in turn. False: there is no such question.
function __doorstep_answer
    set -g __doorstep_words
    switch $argv[1]
@answers@
        case '*'
            return 1
    end
    return 0
end

function __doorstep_print # BEGINNING: the words, each with its description
    for i in (seq 1 2 (count $__doorstep_words))
        printf '%s%s\t%s\n' $argv[1] $__doorstep_words[$i] $__doorstep_words[(math $i + 1)]
    end
end

# A filter's last qualifier or value; what stands before it stays: -kind:lost,dam
function __doorstep_filter # WORD
    set -l kept (string match -r '^(?:.*[[:blank:]])?-?' -- $argv[1])
    set -l last (string sub -s (math (string length -- $kept) + 1) -- $argv[1])
    if string match -q '*:*' -- $last
        __doorstep_answer "filter "(string replace -r ':.*' ':' -- $last); or return
        __doorstep_print $kept(string match -r '^.*[:,]' -- $last)
    else
        __doorstep_answer filter
        __doorstep_print $kept
    end
end

# The question at the cursor, a line each: what to ask, most likely first.
function __doorstep_questions
    set -l given (commandline -opc)
    set -l cur (commandline -ct)
    set -l command
    set -l first
    set -l wants
    set -l options 1
    set -l operand 1
    for word in $given[2..-1]
        if test -n "$wants"
            set wants
        else if test -n "$options" -a "$word" = --
            set options
        else if test -n "$options"; and string match -q -- '--?*' $word
            if not string match -q -- '*=*' $word; and __doorstep_answer (string join ' ' value $command -- $word)
                set wants $word
            end
        else if test -z "$first"
            set first $word
            __doorstep_answer "options $word"; and set command $word
        else if test $operand = 1; and not string match -q '* *' -- "$command"; and __doorstep_answer "options $first $word"
            set command "$first $word"
        else
            set operand (math $operand + 1)
        end
    end
    if test -n "$wants"
        string join ' ' value $command -- $wants
    else if test -n "$options"; and string match -q -- '--*=*' $cur
        string join ' ' value $command -- (string replace -r '=.*' '' -- $cur)
    else if test -n "$options"; and string match -q -- '--*' $cur; or test -z "$command" -a "$cur" = -
        string join ' ' options $command
    else if test -z "$first"
        echo first
    else
        if test $operand = 1; and not string match -q '* *' -- "$command"
            echo "second $first"
        end
        test -n "$command"; and echo "operand $command $operand"
    end
end

function __doorstep_complete
    set -l cur (commandline -ct)
    set -l kept (string match -r '^--[^=]*=' -- $cur)
    for question in (__doorstep_questions)
        __doorstep_answer $question; or continue
        switch "$__doorstep_words[1]"
            case @files @folders
            case @filter
                __doorstep_filter (string replace -r '^--[^=]*=' '' -- $cur | string unescape)
            case @first
                __doorstep_answer first
                __doorstep_print ''
            case '?*'
                __doorstep_print "$kept"
        end
    end
end

function __doorstep_wants # @files or @folders
    for question in (__doorstep_questions)
        __doorstep_answer $question; and test "$__doorstep_words[1]" = $argv[1]; and return 0
    end
    return 1
end

complete -c doorstep -f -a '(__doorstep_complete)'
complete -c doorstep -n '__doorstep_wants @files' -F
complete -c doorstep -n '__doorstep_wants @folders' -f -a '(__fish_complete_directories (commandline -ct))'
