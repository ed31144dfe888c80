// Accumulate, then fire: take the whole input, then emit one spike a step while one is owed.
//
//   integrate  u = v = v + current
//   emit       u = v;  spike = (v >= theta);  v = v - theta * spike
//
// Same train as pascal_neuron without its relaxing steps. clear loads the initial membrane and wins
// over en.
module accumulate_neuron #(
    parameter W = 12,           // membrane
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 4,      // spike counter
    parameter OVERFLOW = 0      // of membrane_add
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire        [1:0]           phase,   // 1 integrate, 3 emit
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

    wire emit = (phase == 2'd3);
    wire fire = emit && (v >= theta);

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= 1'b0;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
        end else if (en) begin
            spike <= fire;
            u <= emit ? v : sum;
            v <= !emit ? sum : fire ? v - theta : v;
            count <= count + {{(COUNT_W-1){1'b0}}, fire};
        end
    end
endmodule
