// Readout: one multiply-accumulate a clock into a running sum for each class; no neurons.
//
// A step: set frame, pulse start, wait for done: N_OUT * (N_IN + 2) + 1 clocks. For each class bias
// first, then the weights in address order (class * N_IN + in). clear loads the start values.
// best is the class with the largest sum, the lowest one of equals. Nothing saturates: the widths
// are proven for every partial sum.
module dense_readout #(
    parameter N_IN = 4,
    parameter N_OUT = 2,
    parameter LANE_W = 1,
    parameter WEIGHT_W = 8,
    parameter W = 16,           // running sum
    parameter CURRENT_W = 12,   // sum of one step, 2 <= CURRENT_W <= W
    parameter CLASS_W = 4,
    parameter WEIGHT_FILE = "param/readout.weight.hex",
    parameter BIAS_FILE = "param/readout.bias.hex",
    parameter V_INIT_FILE = "param/readout.v_init.hex"
) (
    input  wire                       clk,
    input  wire                       rst,
    input  wire                       clear,
    input  wire                       start,
    input  wire [N_IN*LANE_W-1:0]     frame,
    output reg                        done,
    output reg  [N_OUT*CURRENT_W-1:0] acc_bus,
    output reg  [N_OUT*W-1:0]         v_bus,
    output reg  [CLASS_W-1:0]         best
);
    localparam [1:0] IDLE = 2'd0;
    localparam [1:0] FETCH = 2'd1;
    localparam [1:0] ACCUMULATE = 2'd2;
    localparam [1:0] STORE = 2'd3;

    reg signed [WEIGHT_W-1:0]  weights [0:N_OUT*N_IN-1];
    reg signed [CURRENT_W-1:0] biases [0:N_OUT-1];
    reg signed [W-1:0]         v_inits [0:N_OUT-1];

    initial begin
        $readmemh(WEIGHT_FILE, weights);
        $readmemh(BIAS_FILE, biases);
        $readmemh(V_INIT_FILE, v_inits);
    end

    reg [1:0] state;
    reg [31:0] address, row, column;
    reg signed [WEIGHT_W-1:0] weight;
    reg signed [CURRENT_W-1:0] acc;

    wire signed [LANE_W:0] lane = {1'b0, frame[column*LANE_W +: LANE_W]};
    wire signed [CURRENT_W-1:0] product = weight * lane;

    always @(posedge clk) weight <= weights[address];

    always @(posedge clk) begin
        if (rst || clear) begin
            state <= IDLE;
            done <= 1'b1;
            address <= 0;
            row <= 0;
            column <= 0;
            acc <= {CURRENT_W{1'b0}};
        end else case (state)
            IDLE: if (start) begin
                done <= 1'b0;
                state <= FETCH;
                address <= 0;
                row <= 0;
                column <= 0;
                acc <= biases[0];
            end
            FETCH: begin
                address <= address + 1;
                state <= ACCUMULATE;
            end
            ACCUMULATE: begin
                acc <= acc + product;
                if (column == N_IN - 1) state <= STORE;
                else begin
                    column <= column + 1;
                    address <= address + 1;
                end
            end
            default: if (row == N_OUT - 1) begin
                done <= 1'b1;
                state <= IDLE;
            end else begin
                row <= row + 1;
                column <= 0;
                acc <= biases[row + 1];
                state <= FETCH;
            end
        endcase
    end

    genvar o;
    generate
        for (o = 0; o < N_OUT; o = o + 1) begin : sum
            always @(posedge clk)
                if (rst || clear) v_bus[o*W +: W] <= v_inits[o];
                else if (state == STORE && row == o) begin
                    acc_bus[o*CURRENT_W +: CURRENT_W] <= acc;
                    v_bus[o*W +: W] <=
                        v_bus[o*W +: W] + {{(W-CURRENT_W+1){acc[CURRENT_W-1]}}, acc[CURRENT_W-2:0]};
                end
        end
    endgenerate

    integer i;
    reg signed [W-1:0] largest, candidate;
    always @* begin
        best = {CLASS_W{1'b0}};
        largest = v_bus[W-1:0];
        for (i = 1; i < N_OUT; i = i + 1) begin
            candidate = v_bus[i*W +: W];
            if (candidate > largest) begin
                largest = candidate;
                best = i[CLASS_W-1:0];
            end
        end
    end
endmodule
