// Burst neuron: up to PHI spikes a step, and a constant charge added in every step.
//
//   u = v + current + SHIFT;  spike = number of k in 1..PHI with u >= k * theta
//   v = u - theta * spike
//
// clear loads the initial membrane and wins over en. The membrane may stay negative for long.
module burst_neuron #(
    parameter W = 12,           // membrane; u is compared in W + 7 bits
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W < W
    parameter COUNT_W = 6,      // spike counter, at least SPIKE_W
    parameter SPIKE_W = 3,      // holds PHI
    parameter OVERFLOW = 0,     // of membrane_add
    parameter PHI = 4,          // 0..127
    parameter SHIFT = 0         // 0 <= SHIFT <= theta
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         theta,
    input  wire signed [W-1:0]         v_init,
    output reg         [SPIKE_W-1:0]   spike,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg         [COUNT_W-1:0]   count
);
    localparam signed [W:0] CHARGE = SHIFT;
    wire signed [W:0] addend =
        {{(W+2-CURRENT_W){current[CURRENT_W-1]}}, current[CURRENT_W-2:0]} + CHARGE;
    wire signed [W-1:0] sum;
    membrane_add #(.W(W), .A_W(W+1), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(addend), .sum(sum));

    wire signed [W+6:0] seen = {{8{sum[W-1]}}, sum[W-2:0]};
    reg signed [W+6:0] multiple;
    reg signed [W-1:0] taken;
    reg [SPIKE_W-1:0] burst;
    integer k;
    always @* begin
        multiple = {(W+7){1'b0}};
        taken = {W{1'b0}};
        burst = {SPIKE_W{1'b0}};
        for (k = 1; k <= PHI; k = k + 1) begin
            multiple = multiple + {{8{theta[W-1]}}, theta[W-2:0]};
            if (seen >= multiple) begin
                taken = multiple[W-1:0];
                burst = k[SPIKE_W-1:0];
            end
        end
    end

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= {SPIKE_W{1'b0}};
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
        end else if (en) begin
            spike <= burst;
            u <= sum;
            v <= sum - taken;
            count <= count + {{(COUNT_W-SPIKE_W){1'b0}}, burst};
        end
    end
endmodule
