// Self-checking test bench of if_gt_neuron. Run from the root of the bundle.
// Inputs change on the falling edge; outputs are compared on a later falling edge with !==, so that
// an unknown bit is a mismatch. Ends with "PASS <words>", or "FAIL <k> of <n>" and status 1.
module tb_if_gt_neuron;
    `include "hdl/if_gt_neuron_pkg.vh"
    localparam SHOWN = 5;           // mismatches printed
    localparam PATIENCE = 64 + ROWS;    // clocks to wait for a row
    localparam OVERSTEP = 1;     // 1: offer currents too many, which the module ignores
    localparam CHECK_ROWS = 1;   // 1: every row; 0: only the emitted frames

    reg clk = 1'b0;
    reg rst = 1'b1;
    reg clear = 1'b0;
    reg in_valid = 1'b0;
    reg [CURRENT_W-1:0] in_data = {CURRENT_W{1'b0}};
    wire row_valid;
    wire out_valid;
    wire [SPIKE_W-1:0] spike;
    wire [W-1:0] v_post;

    reg [CURRENT_W-1:0] stim [0:SAMPLES*T_IN-1];
    reg [31:0] abort [0:SAMPLES-1];
    reg [SPIKE_W-1:0] exp_spike [0:SAMPLES*ROWS-1];
    reg [W-1:0] exp_v [0:SAMPLES*ROWS-1];

    reg [8*512-1:0] wave;           // name of the waveform: +vcd=FILE
    integer sample, row, sent, waited, checked, failed;
    reg [W-1:0] prev_v;
    reg [SPIKE_W-1:0] prev_spike;

    always #5 clk = ~clk;

    if_gt_neuron_top unit (.clk(clk), .rst(rst), .clear(clear), .in_valid(in_valid), .in_data(in_data),
        .out_valid(out_valid), .spike(spike), .v_post(v_post), .row_valid(row_valid));

    wire valid = (CHECK_ROWS != 0) ? row_valid : out_valid;

    task check(input [8*64-1:0] file, input [63:0] got, input [63:0] exp);
        begin
            checked = checked + 1;
            if (got !== exp) begin
                failed = failed + 1;
                if (failed <= SHOWN)
                    $display("MISMATCH file=%0s sample=%0d step=%0d index=0 got=%0h exp=%0h prev_v=%0h",
                             file, sample, row, got, exp, prev_v);
            end
        end
    endtask

    task fault(input [8*64-1:0] what);
        begin
            failed = failed + 1;
            if (failed <= SHOWN)
                $display("MISMATCH sample=%0d step=%0d: %0s", sample, row, what);
        end
    endtask

    // One clock that executes nothing: no current, or one too many. All outputs rest.
    task idle(input offered, input [CURRENT_W-1:0] noise);
        begin
            prev_spike = spike;
            in_valid = offered;
            in_data = noise;
            @(negedge clk);
            in_valid = 1'b0;
            in_data = {CURRENT_W{1'b0}};
            if (CHECK_ROWS != 0 && (row_valid !== 1'b0 || out_valid !== 1'b0))
                fault("valid without a row");
            if (CHECK_ROWS == 0 && out_valid !== 1'b0)
                fault("a frame too many");
            if (CHECK_ROWS != 0 && (spike !== prev_spike || v_post !== prev_v))
                fault("outputs change without a row");
        end
    endtask

    task check_row;
        begin
            if (CHECK_ROWS != 0 && out_valid !== (row >= ROWS - T_OUT))
                fault("out_valid in the wrong row");
            check("spike", {{(64-SPIKE_W){1'b0}}, spike},
                  {{(64-SPIKE_W){1'b0}}, exp_spike[sample*ROWS+row]});
            if (CHECK_ROWS != 0)
                check("v", {{(64-W){1'b0}}, v_post}, {{(64-W){1'b0}}, exp_v[sample*ROWS+row]});
        end
    endtask

    // Drive one current, in every second sample after pauses; a row that takes none is waited for.
    task drive;
        begin
            if (sent < T_IN)
                repeat ((sample % 2) * ((sample / 2 * (2 * sent + 1)) % 3))
                    idle(1'b0, ~stim[sample*T_IN+sent]);
            in_valid = (sent < T_IN);
            if (sent < T_IN) begin
                in_data = stim[sample*T_IN+sent];
                sent = sent + 1;
            end
            @(negedge clk);
            in_valid = 1'b0;
            in_data = {CURRENT_W{1'b0}};
        end
    endtask

    // Rows first .. last - 1 of the present sample; checked or only run.
    task run_rows(input integer last, input compared);
        begin
            sent = 0;
            row = (CHECK_ROWS != 0) ? 0 : ROWS - T_OUT;
            waited = 0;
            if (CHECK_ROWS == 0 && EMIT_ONLY != 0) begin
                while (sent < T_IN) begin
                    drive;
                    if (valid === 1'b1 && sent < T_IN) waited = PATIENCE;
                end
            end else drive;
            while (row < last && waited < PATIENCE) begin
                if (valid === 1'b1) begin
                    if (compared) check_row;
                    prev_v = v_post;
                    row = row + 1;
                    waited = 0;
                    if (row < last) drive;
                end else begin
                    if (CHECK_ROWS != 0 && out_valid !== 1'b0) fault("out_valid without a row");
                    waited = waited + 1;
                    @(negedge clk);
                end
            end
            if (row < last) fault("no valid output in time");
        end
    endtask

    task start_sample(input reset);
        begin
            row = 0;
            clear = !reset;
            rst = reset;
            in_valid = (sample % 2 == 1);   // clear and reset win
            in_data = {CURRENT_W{1'b1}};
            @(negedge clk);
            in_valid = 1'b0;
            in_data = {CURRENT_W{1'b0}};
            clear = 1'b0;
            rst = 1'b0;
            prev_v = V_INIT[W-1:0];
            if (CHECK_ROWS != 0 && (spike !== {SPIKE_W{1'b0}} || v_post !== V_INIT[W-1:0]
                                    || row_valid !== 1'b0 || out_valid !== 1'b0))
                fault("not at rest after clear");
        end
    endtask

    initial begin
        if ($value$plusargs("vcd=%s", wave)) begin
            $dumpfile(wave);
            $dumpvars(0, tb_if_gt_neuron);
        end else if ($test$plusargs("vcd")) begin
            $dumpfile("../tb_if_gt_neuron.vcd");   // beside the bundle, which stays as it is
            $dumpvars(0, tb_if_gt_neuron);
        end
        $readmemh(FILE_CURRENT, stim);
        $readmemh(FILE_ABORT, abort);
        $readmemh(FILE_SPIKE, exp_spike);
        $readmemh(FILE_V, exp_v);
        checked = 0;
        failed = 0;
        repeat (2) @(negedge clk);
        rst = 1'b0;
        for (sample = 0; sample < SAMPLES; sample = sample + 1) begin
            start_sample(1'b0);
            if (CHECK_ROWS != 0 && abort[sample] != 0) begin
                run_rows(abort[sample], 1'b0);
                start_sample(sample % 8 == 7);
            end
            run_rows(ROWS, 1'b1);
            repeat ((OVERSTEP != 0 && sample % 64 == 0) ? 4 * ROWS : 1)
                idle(OVERSTEP, {CURRENT_W{1'b1}});
            idle(1'b0, {CURRENT_W{1'b0}});
        end
        sample = SAMPLES - 1;
        repeat (PATIENCE) idle(1'b0, {CURRENT_W{1'b0}});
        if (failed == 0) begin
            $display("PASS %0d", checked);
            $finish;
        end else begin
            $display("FAIL %0d of %0d", failed, checked);
            $fatal(1);
        end
    end
endmodule
