// Self-checking test bench of the whole network mlp_if. Run from the root of the bundle.
// After each step every register of every layer is compared with !==; after each sample the logits,
// the class, and for each layer one CRC-32 of all words it gave out so far. Ends with
// "PASS <words>", or "FAIL <k> of <n>" and status 1.
module tb_mlp_if;
    `include "hdl/mlp_if_pkg.vh"
    `include "hdl/mlp_if_bench.vh"

    localparam SHOWN = 5;           // mismatches printed

    reg clk = 1'b0;
    reg rst = 1'b1;
    reg clear = 1'b0;
    reg start = 1'b0;
    reg [IMAGE_W-1:0] image = {IMAGE_W{1'b0}};
    wire done;
    reg [IMAGE_W-1:0] images [0:SAMPLES-1];
    wire [87:0] act0_acc;
    wire [103:0] act0_u;
    wire [7:0] act0_spike;
    wire [103:0] act0_v;
    wire [23:0] act0_count;
    wire [7:0] act0_out;
    wire [55:0] act1_acc;
    wire [71:0] act1_u;
    wire [7:0] act1_spike;
    wire [71:0] act1_v;
    wire [23:0] act1_count;
    wire [7:0] act1_out;
    wire [23:0] readout_acc;
    wire [31:0] readout_v;
    wire [1:0] best;
    reg [act0_CURRENT_W-1:0] exp_act0_acc [0:SAMPLES*T_IN*act0_N_OUT-1];
    reg [act0_W-1:0] exp_act0_u [0:SAMPLES*T_IN*act0_N_OUT-1];
    reg [1-1:0] exp_act0_spike [0:SAMPLES*T_IN*act0_N_OUT-1];
    reg [act0_W-1:0] exp_act0_v [0:SAMPLES*T_IN*act0_N_OUT-1];
    reg [act0_COUNT_W-1:0] exp_act0_count [0:SAMPLES*T_IN*act0_N_OUT-1];
    reg [act0_N_OUT-1:0] exp_act0_out [0:SAMPLES*T_IN-1];
    reg [32-1:0] exp_act0_crc [0:SAMPLES-1];
    reg [31:0] act0_crc = 32'd0;
    reg [act1_CURRENT_W-1:0] exp_act1_acc [0:SAMPLES*T_IN*act1_N_OUT-1];
    reg [act1_W-1:0] exp_act1_u [0:SAMPLES*T_IN*act1_N_OUT-1];
    reg [1-1:0] exp_act1_spike [0:SAMPLES*T_IN*act1_N_OUT-1];
    reg [act1_W-1:0] exp_act1_v [0:SAMPLES*T_IN*act1_N_OUT-1];
    reg [act1_COUNT_W-1:0] exp_act1_count [0:SAMPLES*T_IN*act1_N_OUT-1];
    reg [act1_N_OUT-1:0] exp_act1_out [0:SAMPLES*T_IN-1];
    reg [32-1:0] exp_act1_crc [0:SAMPLES-1];
    reg [31:0] act1_crc = 32'd0;
    reg [readout_CURRENT_W-1:0] exp_readout_acc [0:SAMPLES*T_IN*readout_N_OUT-1];
    reg [readout_W-1:0] exp_readout_v [0:SAMPLES*T_IN*readout_N_OUT-1];
    reg [readout_W-1:0] exp_readout_logits [0:SAMPLES*readout_N_OUT-1];
    reg [CLASS_W-1:0] exp_readout_class [0:SAMPLES-1];
    reg [32-1:0] exp_readout_crc [0:SAMPLES-1];
    reg [31:0] readout_crc = 32'd0;

    integer sample, row, index, at, waited, checked, failed;

    always #5 clk = ~clk;

    mlp_if_top unit (.clk(clk), .rst(rst), .clear(clear), .start(start), .image(image),
        .act0_acc(act0_acc),
        .act0_u(act0_u),
        .act0_spike(act0_spike),
        .act0_v(act0_v),
        .act0_count(act0_count),
        .act0_out(act0_out),
        .act1_acc(act1_acc),
        .act1_u(act1_u),
        .act1_spike(act1_spike),
        .act1_v(act1_v),
        .act1_count(act1_count),
        .act1_out(act1_out),
        .readout_acc(readout_acc),
        .readout_v(readout_v),
        .best(best),
        .done(done));

    task check(input [8*64-1:0] file, input [WIDEST-1:0] got, input [WIDEST-1:0] exp);
        begin
            checked = checked + 1;
            if (got !== exp) begin
                failed = failed + 1;
                if (failed <= SHOWN)
                    $display("MISMATCH file=%0s sample=%0d step=%0d index=%0d got=%0h exp=%0h prev_v=-",
                             file, sample, row, index, got, exp);
            end
        end
    endtask

    // CRC-32 (IEEE 802.3, reflected) of one word, as its little-endian bytes.
    function [31:0] crc_word(input [31:0] before, input [WIDEST-1:0] word, input integer bits);
        integer n;
        begin
            crc_word = ~before;
            for (n = 0; n < 8 * ((bits + 7) / 8); n = n + 1)
                crc_word = (crc_word >> 1) ^ ((crc_word[0] ^ word[n]) ? 32'hedb88320 : 32'h0);
            crc_word = ~crc_word;
        end
    endfunction

    task check_row;
        begin
            for (index = 0; index < act0_N_OUT; index = index + 1) begin
                at = (sample * T_IN + row) * act0_N_OUT + index;
                check("act0.acc", act0_acc[index*act0_CURRENT_W +: act0_CURRENT_W], exp_act0_acc[at]);
                check("act0.u", act0_u[index*act0_W +: act0_W], exp_act0_u[at]);
                check("act0.spike", act0_spike[index*1 +: 1], exp_act0_spike[at]);
                check("act0.v", act0_v[index*act0_W +: act0_W], exp_act0_v[at]);
                check("act0.count", act0_count[index*act0_COUNT_W +: act0_COUNT_W], exp_act0_count[at]);
            end
            index = 0;
            check("act0.out", act0_out, exp_act0_out[sample * T_IN + row]);
            act0_crc = crc_word(act0_crc, act0_out, act0_N_OUT);
            for (index = 0; index < act1_N_OUT; index = index + 1) begin
                at = (sample * T_IN + row) * act1_N_OUT + index;
                check("act1.acc", act1_acc[index*act1_CURRENT_W +: act1_CURRENT_W], exp_act1_acc[at]);
                check("act1.u", act1_u[index*act1_W +: act1_W], exp_act1_u[at]);
                check("act1.spike", act1_spike[index*1 +: 1], exp_act1_spike[at]);
                check("act1.v", act1_v[index*act1_W +: act1_W], exp_act1_v[at]);
                check("act1.count", act1_count[index*act1_COUNT_W +: act1_COUNT_W], exp_act1_count[at]);
            end
            index = 0;
            check("act1.out", act1_out, exp_act1_out[sample * T_IN + row]);
            act1_crc = crc_word(act1_crc, act1_out, act1_N_OUT);
            for (index = 0; index < readout_N_OUT; index = index + 1) begin
                at = (sample * T_IN + row) * readout_N_OUT + index;
                check("readout.acc", readout_acc[index*readout_CURRENT_W +: readout_CURRENT_W], exp_readout_acc[at]);
                check("readout.v", readout_v[index*readout_W +: readout_W], exp_readout_v[at]);
            end
            index = 0;
        end
    endtask

    task check_sample;
        begin
            check("act0.crc", act0_crc, exp_act0_crc[sample]);
            check("act1.crc", act1_crc, exp_act1_crc[sample]);
            for (index = 0; index < readout_N_OUT; index = index + 1) begin
                at = sample * readout_N_OUT + index;
                check("readout.logits", readout_v[index*readout_W +: readout_W], exp_readout_logits[at]);
                readout_crc = crc_word(readout_crc, readout_v[index*readout_W +: readout_W], readout_W);
            end
            index = 0;
            check("readout.class", best, exp_readout_class[sample]);
            check("readout.crc", readout_crc, exp_readout_crc[sample]);
        end
    endtask

    initial begin
        if ($test$plusargs("vcd")) begin
            $dumpfile("../tb_mlp_if.vcd");   // beside the bundle, which stays as it is
            $dumpvars(0, tb_mlp_if);
        end
        $readmemh(FILE_IMAGES, images);
        $readmemh("exp/act0.acc.hex", exp_act0_acc);
        $readmemh("exp/act0.u.hex", exp_act0_u);
        $readmemh("exp/act0.spike.hex", exp_act0_spike);
        $readmemh("exp/act0.v.hex", exp_act0_v);
        $readmemh("exp/act0.count.hex", exp_act0_count);
        $readmemh("exp/act0.out.hex", exp_act0_out);
        $readmemh("exp/act0.crc.hex", exp_act0_crc);
        $readmemh("exp/act1.acc.hex", exp_act1_acc);
        $readmemh("exp/act1.u.hex", exp_act1_u);
        $readmemh("exp/act1.spike.hex", exp_act1_spike);
        $readmemh("exp/act1.v.hex", exp_act1_v);
        $readmemh("exp/act1.count.hex", exp_act1_count);
        $readmemh("exp/act1.out.hex", exp_act1_out);
        $readmemh("exp/act1.crc.hex", exp_act1_crc);
        $readmemh("exp/readout.acc.hex", exp_readout_acc);
        $readmemh("exp/readout.v.hex", exp_readout_v);
        $readmemh("exp/readout.logits.hex", exp_readout_logits);
        $readmemh("exp/readout.class.hex", exp_readout_class);
        $readmemh("exp/readout.crc.hex", exp_readout_crc);
        checked = 0;
        failed = 0;
        repeat (2) @(negedge clk);
        rst = 1'b0;
        for (sample = 0; sample < SAMPLES; sample = sample + 1) begin
            image = images[sample];
            clear = 1'b1;
            @(negedge clk);
            clear = 1'b0;
            for (row = 0; row < T_IN; row = row + 1) begin
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
                check_row;
            end
            check_sample;
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
