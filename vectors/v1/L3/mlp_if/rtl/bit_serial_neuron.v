// Bit-serial neuron: take the whole input, then emit the level as bits, most significant first.
//
//   integrate  u = v = v + current            the current carries the weight of its frame
//   emit t     u = v;  spike = (v >= theta << (BITS - t));  v = v - (theta << (BITS - t)) * spike
//
// count collects the level: spike t is worth 2**(BITS - t). clear loads the initial membrane and
// wins over en.
module bit_serial_neuron #(
    parameter W = 12,           // membrane; holds theta << (BITS - 1)
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 4,      // level, at least BITS
    parameter OVERFLOW = 0,     // of membrane_add
    parameter BITS = 4         // bits of the level
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
    localparam [BITS-1:0] FIRST = {1'b1, {(BITS-1){1'b0}}};

    reg [BITS-1:0] worth;              // of the next spike: 2**(BITS - t)
    reg signed [W-1:0] threshold;       // theta * worth

    wire signed [W-1:0] sum;
    membrane_add #(.W(W), .A_W(CURRENT_W), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(current), .sum(sum));

    wire emit = (phase == 2'd3);
    wire fire = emit && (v >= threshold);

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= 1'b0;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
            worth <= FIRST;
            threshold <= theta <<< (BITS - 1);
        end else if (en) begin
            spike <= fire;
            u <= emit ? v : sum;
            v <= !emit ? sum : fire ? v - threshold : v;
            if (fire) count <= count | {{(COUNT_W-BITS){1'b0}}, worth};
            if (emit) worth <= worth >> 1;
            if (emit) threshold <= threshold >>> 1;
        end
    end
endmodule
