// Burst neuron with the threshold 2**K: the burst is the upper bits of the membrane, clipped.
//
//   u = v + current + SHIFT;  spike = clip(u >> K, 0, PHI);  v = u - spike * 2**K
//
// Otherwise as burst_neuron.
module burst_pow2_neuron #(
    parameter W = 12,           // membrane, at least K + 2 and above K + SPIKE_W
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W < W
    parameter COUNT_W = 6,      // spike counter, at least SPIKE_W
    parameter SPIKE_W = 3,      // holds PHI
    parameter OVERFLOW = 0,     // of membrane_add
    parameter PHI = 4,          // 1..127
    parameter SHIFT = 0,        // 0 <= SHIFT <= 2**K
    parameter K = 6             // at least 1
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         v_init,
    output reg         [SPIKE_W-1:0]   spike,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg         [COUNT_W-1:0]   count
);
    localparam signed [W:0] CHARGE = SHIFT;
    localparam [W-K-1:0] MOST = PHI;
    wire signed [W:0] addend =
        {{(W+2-CURRENT_W){current[CURRENT_W-1]}}, current[CURRENT_W-2:0]} + CHARGE;
    wire signed [W-1:0] sum;
    membrane_add #(.W(W), .A_W(W+1), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(addend), .sum(sum));

    wire [W-K-1:0] upper = sum[W-1:K];
    wire [W-K-1:0] burst = sum[W-1] ? {(W-K){1'b0}} : (upper > MOST) ? MOST : upper;

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= {SPIKE_W{1'b0}};
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
        end else if (en) begin
            spike <= burst[SPIKE_W-1:0];
            u <= sum;
            v <= {upper - burst, sum[K-1:0]};
            count <= count + {{(COUNT_W-SPIKE_W){1'b0}}, burst[SPIKE_W-1:0]};
        end
    end
endmodule
