// Dense layer: one multiply-accumulate a clock, one neuron for each output.
//
// A step: set frame and phase, pulse start, wait for done. A consuming step (phase 0 or 1) takes
// N_OUT * (N_IN + 2) + 1 clocks: for each output, bias first, then the weights in address order
// (out * N_IN + in). A silent step (phase 2 or 3) takes two clocks. The frame must not change
// between start and done. Nothing saturates: the widths are proven for every partial sum.
//
// IN_BITS = B > 0: the input is a train of bits, most significant first. What consuming step t adds
// for a weight, t = 1, 2, .., is shifted by B - t; the bias is not.
module dense_layer #(
    parameter N_IN = 4,
    parameter N_OUT = 2,
    parameter LANE_W = 1,       // unsigned input of one lane: a bit, or a count
    parameter IN_BITS = 0,      // at least the consuming steps of a sample; 0: all steps alike
    parameter WEIGHT_W = 8,
    parameter W = 16,
    parameter CURRENT_W = 12,
    parameter COUNT_W = 4,
    parameter SPIKE_W = 1,      // 2 where a spike is signed
    parameter OUT_W = 1,        // what the next layer reads of spike
    parameter KIND = 0,         // 0 if, 1 pascal, 2 accumulate, 3 bit_serial, 4 burst, 5 dual
    parameter OVERFLOW = 0,     // the parameters of these modules
    // Each kind reads its own of these.
    // verilator lint_off UNUSED
    parameter GREATER = 0,
    parameter RESET_ZERO = 0,
    parameter BITS = 1,
    parameter PHI = 1,
    parameter SHIFT = 0,
    parameter RETRACTS = 1,
    parameter NEGATIVE = 0,
    parameter STRICT_POSITIVE = 0,
    parameter STRICT_NEGATIVE = 1,
    parameter MEMORY = 1,
    parameter CAP = 0,
    // verilator lint_on UNUSED
    parameter WEIGHT_FILE = "param/layer.weight.hex",
    parameter BIAS_FILE = "param/layer.bias.hex",
    parameter THETA_FILE = "param/layer.theta.hex",
    parameter V_INIT_FILE = "param/layer.v_init.hex"
) (
    input  wire                       clk,
    input  wire                       rst,
    input  wire                       clear,
    input  wire                       start,
    input  wire [1:0]                 phase,
    input  wire [N_IN*LANE_W-1:0]     frame,
    output reg                        done,
    output reg  [N_OUT*CURRENT_W-1:0] acc_bus,
    output wire [N_OUT*W-1:0]         u_bus,
    output wire [N_OUT*SPIKE_W-1:0]   spike_bus,
    output wire [N_OUT*W-1:0]         v_bus,
    output wire [N_OUT*COUNT_W-1:0]   count_bus,
    output wire [N_OUT*OUT_W-1:0]     out_bus
);
    localparam [1:0] IDLE = 2'd0;
    localparam [1:0] FETCH = 2'd1;
    localparam [1:0] ACCUMULATE = 2'd2;
    localparam [1:0] FIRE = 2'd3;

    reg signed [WEIGHT_W-1:0]  weights [0:N_OUT*N_IN-1];
    reg signed [CURRENT_W-1:0] biases [0:N_OUT-1];
    reg signed [W-1:0]         thetas [0:N_OUT-1];
    reg signed [W-1:0]         v_inits [0:N_OUT-1];

    initial begin
        $readmemh(WEIGHT_FILE, weights);
        $readmemh(BIAS_FILE, biases);
        $readmemh(THETA_FILE, thetas);
        $readmemh(V_INIT_FILE, v_inits);
    end

    wire unused = phase[0];             // where the neuron has no phases

    reg [1:0] state;
    reg silent;
    reg [31:0] address, row, column;
    reg signed [WEIGHT_W-1:0] weight;
    reg signed [CURRENT_W-1:0] acc;

    // All operands signed: an unsigned lane gets a zero above it first.
    wire signed [LANE_W:0] lane = {1'b0, frame[column*LANE_W +: LANE_W]};
    localparam FIRST = (IN_BITS == 0) ? 0 : IN_BITS - 1;
    reg [5:0] left;                     // bits after this one: its spikes are worth 2**left
    wire signed [CURRENT_W-1:0] product = (IN_BITS == 0) ? weight * lane : (weight * lane) <<< left;

    always @(posedge clk) weight <= weights[address];   // synchronous read: a block memory

    always @(posedge clk) begin
        if (rst || clear) begin
            state <= IDLE;
            done <= 1'b1;
            silent <= 1'b0;
            address <= 0;
            row <= 0;
            column <= 0;
            left <= FIRST[5:0];
            acc <= {CURRENT_W{1'b0}};
        end else case (state)
            IDLE: if (start) begin
                done <= 1'b0;
                silent <= phase[1];
                state <= phase[1] ? FIRE : FETCH;
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
                if (column == N_IN - 1) state <= FIRE;
                else begin
                    column <= column + 1;
                    address <= address + 1;
                end
            end
            default: if (silent || row == N_OUT - 1) begin
                done <= 1'b1;
                state <= IDLE;
                if (IN_BITS != 0 && !silent) left <= left - 6'd1;
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
        for (o = 0; o < N_OUT; o = o + 1) begin : neuron
            wire en = (state == FIRE) && (silent || row == o);
            always @(posedge clk)
                if (en && !silent) acc_bus[o*CURRENT_W +: CURRENT_W] <= acc;
            assign out_bus[o*OUT_W +: OUT_W] = spike_bus[o*SPIKE_W +: OUT_W];
            `define STEP .clk(clk), .rst(rst), .clear(clear), .en(en), .current(acc)
            `define SET .theta(thetas[o]), .v_init(v_inits[o])
            `define SHOW .spike(spike_bus[o*SPIKE_W +: SPIKE_W]), .u(u_bus[o*W +: W]), \
                .v(v_bus[o*W +: W]), .count(count_bus[o*COUNT_W +: COUNT_W])
            `define WIDTHS .W(W), .CURRENT_W(CURRENT_W), .COUNT_W(COUNT_W), .OVERFLOW(OVERFLOW)
            if (KIND == 0) begin : kind
                if_neuron #(`WIDTHS, .GREATER(GREATER), .RESET_ZERO(RESET_ZERO)) unit (
                    `STEP, `SET, `SHOW);
            end else if (KIND == 1) begin : kind
                pascal_neuron #(`WIDTHS) unit (`STEP, .phase(phase), `SET, `SHOW);
            end else if (KIND == 2) begin : kind
                accumulate_neuron #(`WIDTHS) unit (`STEP, .phase(phase), `SET, `SHOW);
            end else if (KIND == 3) begin : kind
                bit_serial_neuron #(`WIDTHS, .BITS(BITS)) unit (
                    `STEP, .phase(phase), `SET, `SHOW);
            end else if (KIND == 4) begin : kind
                burst_neuron #(`WIDTHS, .SPIKE_W(SPIKE_W), .PHI(PHI), .SHIFT(SHIFT)) unit (
                    `STEP, `SET, `SHOW);
            end else begin : kind
                dual_neuron #(`WIDTHS, .RETRACTS(RETRACTS), .NEGATIVE(NEGATIVE),
                              .STRICT_POSITIVE(STRICT_POSITIVE), .STRICT_NEGATIVE(STRICT_NEGATIVE),
                              .MEMORY(MEMORY), .CAP(CAP)) unit (`STEP, `SET, `SHOW);
            end
            `undef STEP
            `undef SET
            `undef SHOW
            `undef WIDTHS
        end
    endgenerate
endmodule
