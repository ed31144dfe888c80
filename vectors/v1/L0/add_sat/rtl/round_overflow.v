// Drop DROP low bits with a rounding mode, then bring the result into OUT_W bits: combinational.
//
//   ROUNDING  0 floor          1 ceil         2 to_zero     3 away_from_zero  4 half_up
//             5 half_down      6 half_to_zero 7 half_away   8 half_even       9 half_odd
//             10 mag_trunc     11 jam         12 jam_unbiased
//   OVERFLOW  0 wrap           1 saturate     2 saturate_sym 3 saturate_zero  4 keep_sign
//
// Round first, then overflow. The input is signed; give an unsigned one a zero on top. Where no bit
// is dropped nothing is rounded, in any mode. All modes but the chosen one are constant-folded away.
module round_overflow #(
    parameter IN_W = 12,
    parameter DROP = 4,
    parameter OUT_W = 8,
    parameter SIGNED = 1,       // of the output
    parameter ROUNDING = 0,
    parameter OVERFLOW = 0
) (
    input  wire signed [IN_W-1:0]  in,
    output wire        [OUT_W-1:0] out,
    output wire                    overflowed
);
    // Wide enough for the input, for all dropped bits, for the output's limits, and for one carry.
    localparam LONG = (IN_W > DROP) ? IN_W : DROP;
    localparam E = ((LONG > OUT_W) ? LONG : OUT_W) + 2;

    wire signed [E-1:0] a = {{(E-IN_W){in[IN_W-1]}}, in};
    wire signed [E-1:0] rounded;

    generate
        if (DROP == 0) begin : exact
            assign rounded = a;
        end else begin : inexact
            localparam [E-1:0] ONE = {{(E-1){1'b0}}, 1'b1};
            localparam [E-1:0] MASK = (ONE << DROP) - ONE;
            localparam [E-1:0] HALF = ONE << (DROP - 1);
            wire signed [E-1:0] floor = a >>> DROP;
            wire [E-1:0] rest = a & MASK;
            wire some = (rest != {E{1'b0}});
            wire tie = (rest == HALF);
            wire above = (rest > HALF);
            wire negative = a[E-1];
            wire odd = floor[0];
            wire up =
                (ROUNDING == 1) ? some :
                (ROUNDING == 2) ? negative && some :
                (ROUNDING == 3) ? !negative && some :
                (ROUNDING == 4) ? tie || above :
                (ROUNDING == 5) ? above :
                (ROUNDING == 6) ? above || (tie && negative) :
                (ROUNDING == 7) ? above || (tie && !negative) :
                (ROUNDING == 8) ? above || (tie && odd) :
                (ROUNDING == 9) ? above || (tie && !odd) :
                (ROUNDING == 10) ? negative :
                (ROUNDING == 11) ? !odd :
                (ROUNDING == 12) ? some && !odd : 1'b0;
            assign rounded = floor + $signed({{(E-1){1'b0}}, up});
        end
    endgenerate

    localparam signed [E-1:0] HIGH =
        (SIGNED != 0) ? ~({E{1'b1}} << (OUT_W - 1)) : ~({E{1'b1}} << OUT_W);
    localparam signed [E-1:0] LOW = (SIGNED != 0) ? {E{1'b1}} << (OUT_W - 1) : {E{1'b0}};
    localparam signed [E-1:0] FLOOR = (OVERFLOW == 2 && SIGNED != 0) ? -HIGH : LOW;

    wire over = (rounded > HIGH);
    wire under = (rounded < FLOOR);
    wire signed [E-1:0] clamped = over ? HIGH : under ? FLOOR : rounded;
    wire signed [E-1:0] zeroed = (over || under) ? {E{1'b0}} : rounded;
    wire signed [E-1:0] kept = rounded[E-1] ? (rounded & HIGH) | LOW : rounded & HIGH;
    // verilator lint_off UNUSED
    wire signed [E-1:0] chosen =        // its upper bits go nowhere: that is the overflow
        (OVERFLOW == 1 || OVERFLOW == 2) ? clamped :
        (OVERFLOW == 3) ? zeroed :
        (OVERFLOW == 4 && SIGNED != 0) ? kept : rounded;
    // verilator lint_on UNUSED

    assign out = chosen[OUT_W-1:0];
    assign overflowed = over || under;
endmodule
