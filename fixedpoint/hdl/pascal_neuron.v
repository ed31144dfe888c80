// Spike-accumulation neuron (PASCAL): integrate and count, correct the count, emit it.
//
//   integrate  u = v + current;  net = (u >= theta)
//   relax      u = v;            net = (u >= theta) - (u < 0)      -1 is the inhibitory spike
//              v = u - theta * net;  count = count + net           count is signed, never clamped
//   emit       out = (count >= t), t = 1, 2, ...                   membrane and counter rest
//
// The controller walks T_IN steps integrate, max(T_IN, T_OUT) - 1 steps relax, T_OUT steps emit.
// clear loads the initial membrane; clear and en in one clock: clear wins.
// While emitting, u shows the counter (what the comparison sees) and net the emitted bit.
module pascal_neuron #(
    parameter W = 12,           // membrane, at least COUNT_W
    parameter CURRENT_W = 8,    // input current, 2 <= CURRENT_W <= W
    parameter COUNT_W = 5       // signed counter: holds -(TM-1) .. T_IN+TM-1, TM = max(T_IN, T_OUT)
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire                        clear,
    input  wire                        en,
    input  wire        [1:0]           phase,   // 1 integrate, 2 relax, 3 emit
    input  wire signed [CURRENT_W-1:0] current,
    input  wire signed [W-1:0]         theta,
    input  wire signed [W-1:0]         v_init,
    output reg                         out,
    output reg  signed [1:0]           net,
    output reg  signed [W-1:0]         u,
    output reg  signed [W-1:0]         v,
    output reg  signed [COUNT_W-1:0]   count
);
    localparam [1:0] INTEGRATE = 2'd1;
    localparam [1:0] EMIT = 2'd3;

    reg signed [COUNT_W-1:0] emitted;   // frames emitted so far: t - 1

    wire signed [W-1:0] extended =
        {{(W-CURRENT_W+1){current[CURRENT_W-1]}}, current[CURRENT_W-2:0]};
    wire signed [W-1:0] sum = (phase == INTEGRATE) ? v + extended : v;
    wire fire = (sum >= theta);
    wire retract = (phase != INTEGRATE) && sum[W-1];    // never together with fire: theta > 0
    wire more = (count > emitted);

    always @(posedge clk) begin
        if (rst || clear) begin
            out <= 1'b0;
            net <= 2'b00;
            u <= v_init;
            v <= v_init;
            count <= {COUNT_W{1'b0}};
            emitted <= {COUNT_W{1'b0}};
        end else if (en && phase == EMIT) begin
            out <= more;
            net <= {1'b0, more};
            u <= {{(W-COUNT_W+1){count[COUNT_W-1]}}, count[COUNT_W-2:0]};
            emitted <= emitted + {{(COUNT_W-1){1'b0}}, 1'b1};
        end else if (en) begin
            out <= 1'b0;
            net <= {retract, fire || retract};
            u <= sum;
            v <= fire ? sum - theta : retract ? sum + theta : sum;
            count <= count + {{(COUNT_W-1){retract}}, fire || retract};
        end
    end
endmodule
