// Signed neuron with a memory: +1 at the threshold, -1 below the negative one if one was too many.
//
//   u = v + current;  spike = (u >= theta)(count < CAP) - (u < -NEGATIVE)(count >= 1)
//   v = u - theta * spike;  count = count + spike
//
// spike is two bits, two's complement: 10 never occurs. clear loads the initial membrane and wins
// over en.
module dual_neuron #(
    parameter W = 12,           // membrane
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 5,      // signed net count
    parameter OVERFLOW = 0,     // of membrane_add
    parameter RETRACTS = 1,     // 0: no inhibitory spikes
    parameter NEGATIVE = 0,     // inhibitory below -NEGATIVE >= -2**W; 0: the sign bit
    parameter STRICT_POSITIVE = 0,  // 1: fire at u > theta
    parameter STRICT_NEGATIVE = 1,  // 0: inhibitory at u <= -NEGATIVE
    parameter MEMORY = 1,       // 1: an inhibitory spike needs a net count of 1 or more
    parameter CAP = 0           // a spike needs a net count below CAP < 2**(COUNT_W-1); 0: no cap
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         theta,
    input  wire signed [W-1:0]         v_init,
    output reg  signed [1:0]           spike,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg  signed [COUNT_W-1:0]   count
);
    localparam signed [W:0] LEVEL = -NEGATIVE;
    localparam signed [COUNT_W-1:0] MOST = CAP;

    wire signed [W-1:0] sum;
    membrane_add #(.W(W), .A_W(CURRENT_W), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(current), .sum(sum));

    wire signed [W:0] seen = {{2{sum[W-1]}}, sum[W-2:0]};
    wire above = (STRICT_POSITIVE != 0) ? (sum > theta) : (sum >= theta);
    wire below = (STRICT_NEGATIVE != 0) ? (seen < LEVEL) : (seen <= LEVEL);
    wire owed = !count[COUNT_W-1] && |count[COUNT_W-2:0];
    wire fire = above && (CAP == 0 || count < MOST);
    wire retract = (RETRACTS != 0) && below && (MEMORY == 0 || owed);

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= 2'b00;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
        end else if (en) begin
            spike <= {retract, fire || retract};
            u <= sum;
            v <= fire ? sum - theta : retract ? sum + theta : sum;
            count <= count + {{(COUNT_W-1){retract}}, fire || retract};
        end
    end
endmodule
