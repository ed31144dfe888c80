// Spike-accumulation neuron (PASCAL): integrate and count, correct the count, emit it.
//
//   integrate  u = v + current;  spike = (u >= theta)
//   relax      u = v;            spike = (u >= theta) - (u < 0)    -1 is the inhibitory spike
//              v = u - theta * spike;  count = count + spike       count is signed, never clamped
//   emit       spike = (count >= t), t = 1, 2, ...                 membrane and counter rest
//
// The controller walks T_IN steps integrate, max(T_IN, T_OUT) - 1 steps relax, T_OUT steps emit.
// clear loads the initial membrane; clear and en in one clock: clear wins.
// While emitting, u shows the counter: what the comparison sees.
module pascal_neuron #(
    parameter W = 12,           // membrane, at least COUNT_W
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 5,      // signed counter: holds -(TM-1) .. T_IN+TM-1, TM = max(T_IN, T_OUT)
    parameter OVERFLOW = 0      // of membrane_add
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire        [1:0]           phase,   // 1 integrate, 2 relax, 3 emit
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         theta,
    input  wire signed [W-1:0]         v_init,
    output reg  signed [1:0]           spike,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg  signed [COUNT_W-1:0]   count
);
    localparam [1:0] INTEGRATE = 2'd1;
    localparam [1:0] EMIT = 2'd3;

    reg signed [COUNT_W-1:0] emitted;   // frames emitted so far: t - 1

    wire signed [W-1:0] added;
    membrane_add #(.W(W), .A_W(CURRENT_W), .OVERFLOW(OVERFLOW)) add (
        .v(v), .addend(current), .sum(added));

    wire signed [W-1:0] sum = (phase == INTEGRATE) ? added : v;
    wire fire = (sum >= theta);
    wire retract = (phase != INTEGRATE) && sum[W-1];    // never together with fire: theta > 0
    wire more = (count > emitted);

    always @(posedge clk) begin
        if (rst || clear) begin
            spike <= 2'b00;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
            emitted <= {COUNT_W{1'b0}};
        end else if (en && phase == EMIT) begin
            spike <= {1'b0, more};
            u <= {{(W-COUNT_W+1){count[COUNT_W-1]}}, count[COUNT_W-2:0]};
            emitted <= emitted + {{(COUNT_W-1){1'b0}}, 1'b1};
        end else if (en) begin
            spike <= {retract, fire || retract};
            u <= sum;
            v <= fire ? sum - theta : retract ? sum + theta : sum;
            count <= count + {{(COUNT_W-1){retract}}, fire || retract};
        end
    end
endmodule
