// Integrate-and-fire neuron: one step a clock, at most one spike a step, reset in the same step.
//
//   u = v + current;  spike = (u >= theta);  v = u - theta * spike
//
// clear loads the initial membrane; clear and en in one clock: clear wins, nothing is consumed.
// u, spike, v and count show the step just done until the next one. Tie theta and v_init to
// constants for a cheaper circuit; leave u and count open and they cost nothing.
module if_neuron #(
    parameter W = 12,           // membrane
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 4,      // spike counter
    parameter OVERFLOW = 0,     // of membrane_add
    parameter GREATER = 0,      // 1: fire at u > theta
    parameter RESET_ZERO = 0    // 1: reset to zero instead of subtracting theta
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         theta,
    input  wire signed [W-1:0]         v_init,
    output reg                         spike,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg         [COUNT_W-1:0]   count
);
    wire signed [W-1:0] sum;
    membrane_add #(.W(W), .A_W(CURRENT_W), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(current), .sum(sum));

    wire fire = (GREATER != 0) ? (sum > theta) : (sum >= theta);
    wire signed [W-1:0] after = (RESET_ZERO != 0) ? {W{1'b0}} : sum - theta;

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= 1'b0;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
        end else if (en) begin
            spike <= fire;
            u <= sum;
            v <= fire ? after : sum;
            count <= count + {{(COUNT_W-1){1'b0}}, fire};
        end
    end
endmodule
