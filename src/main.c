#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "cli/cli.h"
#include "loop/fault.h"
#include "run/harden.h"

/* A descriptor that was closed by whoever started us would be the next socket's number, and
 * what is printed would go to the server. Each is taken, the wrong way round, so that using it
 * is an error as it was. */
static void hold_standard_files(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(71);
}

int main(int argc, char **argv)
{
    hold_standard_files();
    harden_process();
    harden_arguments(argc, argv);
    setlocale(LC_ALL, "");
    FAULT_BEGIN();
    int status = cli_main(argc, argv);
    harden_forget(argc, argv);
    return status;
}
