// Driver of bit_serial_wired_neuron for Verilator. Run from the root of the bundle; argument: number of samples.
// Inputs change and outputs are read while the clock is low. Ends with "PASS <words>", or
// "FAIL <k> of <n>" and status 1.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "Vbit_serial_wired_neuron_top.h"
#include "verilated.h"

static const int T_IN = 8, T_OUT = 4, ROWS = 12, SHOWN = 5, PATIENCE = 64 + ROWS;
static const bool CHECK_ROWS = 1, EMIT_ONLY = 1;

static std::vector<uint64_t> read_hex(const char* path, size_t words) {
    std::vector<uint64_t> found;
    found.reserve(words);
    FILE* file = std::fopen(path, "r");
    if (!file) { std::printf("cannot read %s\n", path); std::exit(2); }
    char line[80];
    while (std::fgets(line, sizeof line, file)) found.push_back(std::strtoull(line, nullptr, 16));
    std::fclose(file);
    if (found.size() != words) { std::printf("%s: %zu words\n", path, found.size()); std::exit(2); }
    return found;
}

static uint64_t low_bits(uint64_t value, int width) {
    return width >= 64 ? value : value & ((uint64_t(1) << width) - 1);
}

struct Bench {
    Vbit_serial_wired_neuron_top unit;
    std::vector<uint64_t> stim, abort, exp_spike, exp_v;
    long sample = 0, row = 0, sent = 0, checked = 0, failed = 0;
    uint64_t prev_v = 0;

    void clock() {
        unit.clk = 1; unit.eval();
        unit.clk = 0; unit.eval();
    }

    bool valid() { return unit.row_valid; }

    void compare(const char* file, uint64_t got, uint64_t exp) {
        ++checked;
        if (got == exp) return;
        if (++failed <= SHOWN)
            std::printf("MISMATCH file=%s sample=%ld step=%ld index=0 got=%llx exp=%llx prev_v=%llx\n",
                        file, sample, row, (unsigned long long)got, (unsigned long long)exp,
                        (unsigned long long)prev_v);
    }

    void fault(const char* what) {
        if (++failed <= SHOWN) std::printf("MISMATCH sample=%ld step=%ld: %s\n", sample, row, what);
    }

    bool row_valid() { return unit.row_valid; }

    // One clock that executes nothing: no current, or one too many. All outputs rest.
    void idle(bool offered, uint64_t noise) {
        const uint64_t prev_spike = low_bits(unit.spike, 1);
        unit.in_valid = offered;
        unit.in_data = low_bits(noise, 8);
        clock();
        unit.in_valid = 0;
        unit.in_data = 0;
        if (CHECK_ROWS && (row_valid() || unit.out_valid)) fault("valid without a row");
        if (!CHECK_ROWS && unit.out_valid) fault("a frame too many");
        if (CHECK_ROWS && (low_bits(unit.spike, 1) != prev_spike
                           || low_bits(unit.v_post, 13) != prev_v))
            fault("outputs change without a row");
    }

    void check_row() {
        if (CHECK_ROWS && bool(unit.out_valid) != (row >= ROWS - T_OUT))
            fault("out_valid in the wrong row");
        compare("spike", low_bits(unit.spike, 1), exp_spike[sample * ROWS + row]);
        if (CHECK_ROWS) compare("v", low_bits(unit.v_post, 13), exp_v[sample * ROWS + row]);
    }

    // In every second sample after pauses.
    void drive() {
        const long pauses = sample % 2 * (sample / 2 * (2 * sent + 1) % 3);
        for (long i = 0; i < pauses && sent < T_IN; ++i) idle(false, ~stim[sample * T_IN + sent]);
        unit.in_valid = sent < T_IN;
        unit.in_data = sent < T_IN ? stim[sample * T_IN + sent++] : 0;
        clock();
        unit.in_valid = 0;
        unit.in_data = 0;
    }

    void run_rows(long last, bool compared) {
        long waited = 0;
        sent = 0;
        row = CHECK_ROWS ? 0 : ROWS - T_OUT;
        if (!CHECK_ROWS && EMIT_ONLY) {
            while (sent < T_IN) {
                drive();
                if (valid() && sent < T_IN) waited = PATIENCE;
            }
        } else drive();
        while (row < last && waited < PATIENCE) {
            if (valid()) {
                if (compared) check_row();
                prev_v = low_bits(unit.v_post, 13);
                ++row;
                waited = 0;
                if (row < last) drive();
            } else {
                if (CHECK_ROWS && unit.out_valid) fault("out_valid without a row");
                ++waited;
                clock();
            }
        }
        if (row < last) fault("no valid output in time");
    }

    void start_sample(bool reset) {
        row = 0;
        unit.clear = !reset;
        unit.rst = reset;
        unit.in_valid = sample % 2 == 1;    // clear and reset win
        unit.in_data = low_bits(~uint64_t(0), 8);
        clock();
        unit.in_valid = 0;
        unit.in_data = 0;
        unit.clear = 0;
        unit.rst = 0;
        prev_v = low_bits(uint64_t(32LL), 13);
        if (CHECK_ROWS && (low_bits(unit.spike, 1) || low_bits(unit.v_post, 13) != prev_v
                           || row_valid() || unit.out_valid))
            fault("not at rest after clear");
    }
};

int main(int argc, char** argv) {
    const long samples = argc > 1 ? std::atol(argv[1]) : 0;
    Verilated::randReset(2);    // two states only: what nobody resets begins at random
    Bench bench;
    bench.stim = read_hex("stim/bit_serial_wired_neuron.current.hex", samples * T_IN);
    bench.abort = read_hex("stim/bit_serial_wired_neuron.abort.hex", samples);
    bench.exp_spike = read_hex("exp/bit_serial_wired_neuron.spike.hex", samples * ROWS);
    bench.exp_v = read_hex("exp/bit_serial_wired_neuron.v.hex", samples * ROWS);
    bench.unit.clk = 0;
    bench.unit.rst = 1;
    bench.unit.clear = 0;
    bench.unit.in_valid = 0;
    bench.unit.in_data = 0;
    bench.unit.eval();
    bench.clock();
    bench.clock();
    bench.unit.rst = 0;
    for (bench.sample = 0; bench.sample < samples; ++bench.sample) {
        bench.start_sample(false);
        if (CHECK_ROWS && bench.abort[bench.sample]) {
            bench.run_rows(long(bench.abort[bench.sample]), false);
            bench.start_sample(bench.sample % 8 == 7);
        }
        bench.run_rows(ROWS, true);
        bench.idle(false, ~uint64_t(0));
        bench.idle(false, 0);
    }
    bench.sample = samples - 1;
    for (int i = 0; i < PATIENCE; ++i) bench.idle(false, 0);
    if (bench.failed) {
        std::printf("FAIL %ld of %ld\n", bench.failed, bench.checked);
        return 1;
    }
    std::printf("PASS %ld\n", bench.checked);
    return 0;
}
