// Bit-serial neuron with the threshold 2**F: the level is a choice of wires.
//
//   integrate  u = v = v + current            the current carries the weight of its frame
//   emit t     u = v;  spike = bit BITS - t of clip(v >> F, 0, 2**BITS - 1);  v rests
//
// No comparator, no subtractor. clear loads the initial membrane and wins over en.
module bit_serial_wired_neuron #(
    parameter W = 12,           // membrane, at least F + BITS + 2
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 4,      // level, at least BITS
    parameter OVERFLOW = 0,     // of membrane_add
    parameter BITS = 4,        // bits of the level
    parameter F = 4
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire        [1:0]           phase,   // 1 integrate, 3 emit
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         v_init,
    output reg                         spike,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg         [COUNT_W-1:0]   count
);
    localparam [BITS-1:0] FIRST = {1'b1, {(BITS-1){1'b0}}};

    reg [BITS-1:0] worth;              // of the next spike: 2**(BITS - t)

    wire signed [W-1:0] sum;
    membrane_add #(.W(W), .A_W(CURRENT_W), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(current), .sum(sum));

    wire emit = (phase == 2'd3);
    wire over = |v[W-2:F+BITS];
    wire [BITS-1:0] level = v[W-1] ? {BITS{1'b0}} : v[F+BITS-1:F] | {BITS{over}};
    wire fire = emit && |(level & worth);

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= 1'b0;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
            worth <= FIRST;
        end else if (en) begin
            spike <= fire;
            u <= emit ? v : sum;
            if (!emit) v <= sum;
            if (fire) count <= count | {{(COUNT_W-BITS){1'b0}}, worth};
            if (emit) worth <= worth >> 1;
        end
    end
endmodule
