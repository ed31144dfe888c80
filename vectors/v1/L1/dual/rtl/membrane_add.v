// Sum of the membrane and one addend, brought back to W bits.
//
// OVERFLOW: 0 the W lowest bits (nothing is lost where W is the proven width), 1 saturate,
// 2 saturate symmetrically: the most negative code is never taken.
module membrane_add #(
    parameter W = 12,           // membrane
    parameter A_W = 8,          // addend, 2 <= A_W <= W + 1
    parameter OVERFLOW = 0
) (
    input  wire signed [W-1:0]   v,
    input  wire signed [A_W-1:0] addend,
    output wire signed [W-1:0]   sum
);
    localparam signed [W-1:0] TOP = {1'b0, {(W-1){1'b1}}};
    localparam signed [W-1:0] BOTTOM = {1'b1, {(W-2){1'b0}}, (OVERFLOW == 2)};

    // Sign extension by replication: mixing signed and unsigned operands would make all unsigned.
    wire signed [W+1:0] wide =
        {{2{v[W-1]}}, v} + {{(W+3-A_W){addend[A_W-1]}}, addend[A_W-2:0]};
    wire above = !wide[W+1] && (wide[W] || wide[W-1]);
    wire below = wide[W+1] && !(wide[W] && wide[W-1]);
    wire lowest = (OVERFLOW == 2) && wide[W-1:0] == {1'b1, {(W-1){1'b0}}};

    assign sum = (OVERFLOW == 0) ? wide[W-1:0]
               : above ? TOP
               : (below || lowest) ? BOTTOM
               : wide[W-1:0];
endmodule
