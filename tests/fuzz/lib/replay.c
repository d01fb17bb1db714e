/* Gives a target every file of the folders named, as TAP; for builds without libFuzzer. A crash names the file it was at. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"

static bool read_whole(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    char block[4096];
    size_t n;
    if (!f)
        return false;
    buf_init(out, 0);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(out, block, n);
    fclose(f);
    return true;
}

static int is_file(const struct dirent *d) { return d->d_name[0] != '.'; }

static int replay(const char *folder, int number)
{
    struct dirent **names;
    int n = scandir(folder, &names, is_file, alphasort);
    for (int i = 0; i < n; i++) {
        char path[512];
        struct buf b;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        free(names[i]);
        if (!read_whole(path, &b))
            continue;
        printf("# %s\n", path);
        fflush(stdout);
        char *exact = malloc(b.len + !b.len);
        memcpy(exact, buf_str(&b), b.len);
        LLVMFuzzerTestOneInput((const uint8_t *)exact, b.len);
        free(exact);
        buf_finish(&b);
        printf("ok %d - %s\n", ++number, path);
    }
    if (n >= 0)
        free(names);
    return number;
}

int main(int argc, char **argv)
{
    int number = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        number = replay(argv[i], number);
    printf("1..%d\n", number);
    return number ? 0 : 1;
}
