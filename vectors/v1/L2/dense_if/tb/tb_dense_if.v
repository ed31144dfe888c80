// Self-checking test bench of dense_if. Run from the root of the bundle.
// Inputs change on the falling edge; registers are compared on a later falling edge with !==, so
// that an unknown bit is a mismatch. Ends with "PASS <words>", or "FAIL <k> of <n>" and status 1.
module tb_dense_if;
    `include "hdl/dense_if_pkg.vh"

    localparam SHOWN = 5;           // mismatches printed
    localparam PATIENCE = 16 + N_OUT * (N_IN + 2);  // clocks to wait for done

    reg clk = 1'b0;
    reg rst = 1'b1;
    reg clear = 1'b0;
    reg start = 1'b0;
    reg [1:0] phase = 2'd0;
    reg [N_IN*LANE_W-1:0] frame = {(N_IN*LANE_W){1'b0}};
    wire done;
    wire [N_OUT*CURRENT_W-1:0] acc_bus;
    wire [N_OUT*W-1:0] u_bus;
    wire [N_OUT*SPIKE_W-1:0] spike_bus;
    wire [N_OUT*W-1:0] v_bus;
    wire [N_OUT*COUNT_W-1:0] count_bus;
    wire [N_OUT*OUT_W-1:0] out_bus;

    reg [N_IN*LANE_W-1:0] stim [0:SAMPLES*T_IN-1];
    reg [CURRENT_W-1:0] exp_acc [0:SAMPLES*T_IN*N_OUT-1];
    reg [W-1:0] exp_u [0:SAMPLES*ROWS*N_OUT-1];
    reg [SPIKE_W-1:0] exp_spike [0:SAMPLES*ROWS*N_OUT-1];
    reg [W-1:0] exp_v [0:SAMPLES*ROWS*N_OUT-1];
    reg [COUNT_W-1:0] exp_count [0:SAMPLES*ROWS*N_OUT-1];
    reg [N_OUT*OUT_W-1:0] exp_out [0:SAMPLES*T_OUT-1];
    reg [W-1:0] theta [0:N_OUT-1];
    reg [W-1:0] v_init [0:N_OUT-1];

    reg [8*512-1:0] wave;           // name of the waveform: +vcd=FILE
    integer sample, row, index, at, waited, checked, failed;

    always #5 clk = ~clk;

    initial $readmemh(FILE_SPIKES, stim);
    initial $readmemh(FILE_ACC, exp_acc);

    dense_layer #(.N_IN(N_IN), .N_OUT(N_OUT), .LANE_W(LANE_W), .IN_BITS(IN_BITS),
                  .WEIGHT_W(WEIGHT_W), .W(W),
                  .CURRENT_W(CURRENT_W), .COUNT_W(COUNT_W), .SPIKE_W(SPIKE_W),
                  .OUT_W(OUT_W), .KIND(KIND), .OVERFLOW(OVERFLOW), .GREATER(GREATER), .RESET_ZERO(RESET_ZERO),
                  .WEIGHT_FILE(FILE_WEIGHT),
                  .BIAS_FILE(FILE_BIAS), .THETA_FILE(FILE_THETA), .V_INIT_FILE(FILE_V_INIT)) unit (
        .clk(clk), .rst(rst), .clear(clear), .start(start), .phase(phase), .frame(frame),
        .done(done), .acc_bus(acc_bus), .u_bus(u_bus), .spike_bus(spike_bus), .v_bus(v_bus),
        .count_bus(count_bus), .out_bus(out_bus));

    task check(input [8*64-1:0] file, input [63:0] got, input [63:0] exp, input [W-1:0] prev_v);
        begin
            checked = checked + 1;
            if (got !== exp) mismatch(file, got, exp, prev_v);
        end
    endtask

    task mismatch(input [8*64-1:0] file, input [63:0] got, input [63:0] exp, input [W-1:0] prev_v);
        begin
            failed = failed + 1;
            if (failed <= SHOWN)
                $display("MISMATCH file=%0s sample=%0d step=%0d index=%0d got=%0h exp=%0h prev_v=%0h",
                         file, sample, row, index, got, exp, prev_v);
        end
    endtask

    task check_neuron(input [W-1:0] prev_v);
        begin
            at = (sample * ROWS + row) * N_OUT + index;
            if (DENSE != 0 && row < T_IN)
                check("acc", acc_bus[index*CURRENT_W +: CURRENT_W],
                      exp_acc[(sample * T_IN + row) * N_OUT + index], prev_v);
            // One comparison for all four where they agree: most of the run time is here.
            if ({u_bus[index*W +: W], spike_bus[index*SPIKE_W +: SPIKE_W], v_bus[index*W +: W],
                 count_bus[index*COUNT_W +: COUNT_W]}
                === {exp_u[at], exp_spike[at], exp_v[at], exp_count[at]})
                checked = checked + 4;
            else begin
                check("u", u_bus[index*W +: W], exp_u[at], prev_v);
                check("spike", spike_bus[index*SPIKE_W +: SPIKE_W], exp_spike[at], prev_v);
                check("v", v_bus[index*W +: W], exp_v[at], prev_v);
                check("count", count_bus[index*COUNT_W +: COUNT_W], exp_count[at], prev_v);
            end
        end
    endtask

    task check_row;
        begin
            for (index = 0; index < N_OUT; index = index + 1)
                if (row == 0) check_neuron(v_init[index]);
                else check_neuron(exp_v[(sample * ROWS + row - 1) * N_OUT + index]);
            index = 0;
            if (row >= ROWS - T_OUT) begin
                checked = checked + 1;
                at = sample * T_OUT + row - (ROWS - T_OUT);
                if (out_bus !== exp_out[at]) begin
                    failed = failed + 1;
                    if (failed <= SHOWN)
                        $display("MISMATCH file=out sample=%0d step=%0d index=all got=%0h exp=%0h prev_v=-",
                                 sample, row, out_bus, exp_out[at]);
                end
            end
        end
    endtask

    // A step that clear ends after some of its clocks: nothing of it stays.
    task begin_in_vain;
        begin
            phase = (PHASED != 0) ? 2'd1 : 2'd0;
            frame = ~stim[sample * T_IN];
            start = 1'b1;
            @(negedge clk);
            start = 1'b0;
            repeat (sample % PATIENCE) @(negedge clk);
            clear = 1'b1;
            @(negedge clk);
            clear = 1'b0;
        end
    endtask

    task run_row;
        begin
            phase = (row < T_IN) ? (PHASED != 0 ? 2'd1 : 2'd0) : (row < T_IN + RELAX) ? 2'd2 : 2'd3;
            frame = (row < T_IN) ? stim[sample * T_IN + row] : {(N_IN*LANE_W){1'b0}};
            start = 1'b1;
            @(negedge clk);
            start = 1'b0;
            waited = 0;
            while (done !== 1'b1 && waited < PATIENCE) begin
                waited = waited + 1;
                @(negedge clk);
            end
            if (done !== 1'b1) begin
                failed = failed + 1;
                if (failed <= SHOWN)
                    $display("MISMATCH sample=%0d step=%0d: done never came", sample, row);
            end
        end
    endtask

    initial begin
        if ($value$plusargs("vcd=%s", wave)) begin
            $dumpfile(wave);
            $dumpvars(0, tb_dense_if);
        end else if ($test$plusargs("vcd")) begin
            $dumpfile("../tb_dense_if.vcd");   // beside the bundle, which stays as it is
            $dumpvars(0, tb_dense_if);
        end
        $readmemh(FILE_THETA, theta);
        $readmemh(FILE_V_INIT, v_init);
        $readmemh(FILE_U, exp_u);
        $readmemh(FILE_SPIKE, exp_spike);
        $readmemh(FILE_V, exp_v);
        $readmemh(FILE_COUNT, exp_count);
        $readmemh(FILE_OUT, exp_out);
        checked = 0;
        failed = 0;
        repeat (2) @(negedge clk);
        rst = 1'b0;
        for (sample = 0; sample < SAMPLES; sample = sample + 1) begin
            clear = 1'b1;
            @(negedge clk);
            clear = 1'b0;
            if (sample % 4 == 3) begin_in_vain;
            for (row = 0; row < ROWS; row = row + 1) begin
                run_row;
                check_row;
            end
        end
        if (failed == 0) begin
            $display("PASS %0d", checked);
            $finish;
        end else begin
            $display("FAIL %0d of %0d", failed, checked);
            $fatal(1);
        end
    end
endmodule
