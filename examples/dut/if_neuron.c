/* An integrate-and-fire neuron in C that reads a bundle's hex files itself.
 *
 *   cc -O2 -o if_neuron if_neuron.c
 *   ./if_neuron CURRENT_FILE CURRENT_BITS THETA_FILE V_INIT_FILE MEMBRANE_BITS STEPS
 *
 * prints, for every sample and step, one line: u spike v count. Fires at u >= theta, subtracts.
 */
#include <stdio.h>
#include <stdlib.h>

static int next(FILE *file, int bits, long long *code)
{
    unsigned long long word;
    if (fscanf(file, "%llx", &word) != 1)
        return 0;
    *code = (long long)word - ((word >> (bits - 1)) ? 1LL << bits : 0);
    return 1;
}

static long long only(const char *path, int bits)
{
    long long code;
    FILE *file = fopen(path, "r");
    if (file == NULL || !next(file, bits, &code))
        exit(2);
    fclose(file);
    return code;
}

int main(int count, char **words)
{
    long long theta, v_init, v = 0, spikes = 0, current;
    int step = 0, steps;
    FILE *file;
    if (count != 7 || (file = fopen(words[1], "r")) == NULL)
        return 2;
    theta = only(words[3], atoi(words[5]));
    v_init = only(words[4], atoi(words[5]));
    steps = atoi(words[6]);
    while (next(file, atoi(words[2]), &current)) {
        long long u, spike;
        if (step == 0) {
            v = v_init;
            spikes = 0;
        }
        u = v + current;
        spike = u >= theta;
        v = u - theta * spike;
        spikes += spike;
        printf("%lld %lld %lld %lld\n", u, spike, v, spikes);
        step = (step + 1) % steps;
    }
    fclose(file);
    return 0;
}
