// Integrate-and-fire neuron with the threshold 2**K: firing is a look at the upper bits.
//
//   u = v + current;  spike = (u >= 2**K);  v = u - 2**K * spike
//
// The lower K bits of the membrane never meet the threshold. Otherwise as if_neuron.
module if_pow2_neuron #(
    parameter W = 12,           // membrane, at least K + 2
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 4,      // spike counter
    parameter OVERFLOW = 0,     // of membrane_add
    parameter K = 6             // at least 1
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         v_init,
    output reg                         spike,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg         [COUNT_W-1:0]   count
);
    wire signed [W-1:0] sum;
    membrane_add #(.W(W), .A_W(CURRENT_W), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(current), .sum(sum));

    wire fire = !sum[W-1] && |sum[W-2:K];

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= 1'b0;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
        end else if (en) begin
            spike <= fire;
            u <= sum;
            v <= {sum[W-1:K] - {{(W-K-1){1'b0}}, fire}, sum[K-1:0]};
            count <= count + {{(COUNT_W-1){1'b0}}, fire};
        end
    end
endmodule
