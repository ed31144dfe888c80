// The neuron of accumulate_neuron behind the port contract: rst and clear, one current in with in_valid,
// every executed row out with row_valid, every emitted frame with out_valid. Generated.
//
// clear begins a sample. T_IN currents follow, at any pace; each executes one row in the clock that
// takes it. The other rows, if any, follow by themselves, one a clock. Then it waits for clear.
module accumulate_neuron_top (
    clk, rst, clear, in_valid, in_data, row_valid, out_valid, spike, v_post
);
    // verilator lint_off UNUSED
    `include "hdl/accumulate_neuron_pkg.vh"        // the bench reads it too
    // verilator lint_on UNUSED

    input  wire                        clk;
    input  wire                        rst;
    input  wire                        clear;
    input  wire                        in_valid;
    input  wire signed [CURRENT_W-1:0] in_data;
    output reg                         row_valid;
    output reg                         out_valid;
    output wire        [SPIKE_W-1:0]   spike;
    output wire signed [W-1:0]         v_post;

    localparam [1:0] STEP = 2'd0;
    localparam [1:0] INTEGRATE = 2'd1;
    localparam [1:0] RELAXING = 2'd2;
    localparam [1:0] EMIT = 2'd3;

    localparam ROW_W = $clog2(ROWS + 1);
    reg [ROW_W-1:0] row;                // rows executed
    wire takes = (row < T_IN);
    wire [1:0] phase = (PHASED == 0) ? STEP
                     : takes ? INTEGRATE
                     : (row < T_IN + RELAX) ? RELAXING : EMIT;
    wire en = takes ? in_valid : (row < ROWS);

    always @(posedge clk) begin
        if (rst || clear) begin
            row <= {ROW_W{1'b0}};
            row_valid <= 1'b0;
            out_valid <= 1'b0;
        end else begin
            row_valid <= en;
            out_valid <= en && (phase == STEP || phase == EMIT);
            if (en) row <= row + {{(ROW_W-1){1'b0}}, 1'b1};
        end
    end

    // verilator lint_off PINCONNECTEMPTY
    accumulate_neuron #(.W(W), .CURRENT_W(CURRENT_W), .COUNT_W(COUNT_W), .OVERFLOW(OVERFLOW)) unit (
        .clk(clk), .rst(rst), .clear(clear), .en(en), .current(in_data),
        .v_init(V_INIT[W-1:0]), .phase(phase), .theta(THETA[W-1:0]), .spike(spike), .u(), .v(v_post), .count());
    // verilator lint_on PINCONNECTEMPTY
endmodule
