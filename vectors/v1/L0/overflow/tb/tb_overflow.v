// Self-checking test bench of overflow. Run from the root of the bundle.
// One instance for each pair of rounding and overflow mode, all fed with the same operands. Ends
// with "PASS <words>", or "FAIL <k> of <n>" and status 1.
module tb_overflow;
    `include "hdl/overflow_pkg.vh"

    localparam SHOWN = 5;           // mismatches printed
    localparam PAIRS = N_ROUNDINGS * N_OVERFLOWS;

    reg [A_W-1:0] as [0:CASES-1];
    reg [A_W-1:0] bs [0:CASES-1];
    reg [OUT_W-1:0] exp_y [0:PAIRS*CASES-1];

    reg [A_W-1:0] a_bits = {A_W{1'b0}};
    reg [A_W-1:0] b_bits = {A_W{1'b0}};
    wire signed [WIDE_W-1:0] a = {{(WIDE_W-A_W){A_SIGNED != 0 && a_bits[A_W-1]}}, a_bits};
    wire signed [WIDE_W-1:0] b = {{(WIDE_W-A_W){A_SIGNED != 0 && b_bits[A_W-1]}}, b_bits};
    wire signed [WIDE_W-1:0] wide = (SUM != 0) ? a + b : (BINARY != 0) ? a * b : a * FACTOR;
    wire [PAIRS*OUT_W-1:0] y;

    genvar r, o;
    generate
        for (r = 0; r < N_ROUNDINGS; r = r + 1) begin : rounding
            for (o = 0; o < N_OVERFLOWS; o = o + 1) begin : overflow
                round_overflow #(.IN_W(WIDE_W), .DROP(DROP), .OUT_W(OUT_W), .SIGNED(OUT_SIGNED),
                                 .ROUNDING(ROUNDINGS[4*r +: 4]), .OVERFLOW(OVERFLOWS[4*o +: 4]))
                    unit (.in(wide), .out(y[(r*N_OVERFLOWS+o)*OUT_W +: OUT_W]), .overflowed());
            end
        end
    endgenerate

    integer i, pair, checked, failed;

    initial begin
        if ($test$plusargs("vcd")) begin
            $dumpfile("../tb_overflow.vcd");   // beside the bundle, which stays as it is
            $dumpvars(0, tb_overflow);
        end
        $readmemh(FILE_A, as);
        $readmemh(FILE_A, bs);
        $readmemh(FILE_Y, exp_y);
        checked = 0;
        failed = 0;
        for (i = 0; i < CASES; i = i + 1) begin
            a_bits = as[i];
            b_bits = bs[i];
            #1;
            for (pair = 0; pair < PAIRS; pair = pair + 1) begin
                checked = checked + 1;
                if (y[pair*OUT_W +: OUT_W] !== exp_y[pair*CASES + i]) begin
                    failed = failed + 1;
                    if (failed <= SHOWN)
                        $display("MISMATCH file=y rounding=%0d overflow=%0d case=%0d got=%0h exp=%0h prev_v=-",
                                 pair / N_OVERFLOWS, pair % N_OVERFLOWS, i,
                                 y[pair*OUT_W +: OUT_W], exp_y[pair*CASES + i]);
                end
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
