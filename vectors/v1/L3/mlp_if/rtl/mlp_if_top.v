// The whole network mlp_if: layers one after the other within each step. Generated.
//
// A sample: pulse clear, set image; then T_IN times: pulse start, wait for done. All registers of
// all layers then show this step; best is the class after the last one.
module mlp_if_top (
    input  wire clk,
    input  wire rst,
    input  wire clear,
    input  wire start,
    input  wire [63:0] image,
    output wire [87:0] act0_acc,
    output wire [103:0] act0_u,
    output wire [7:0] act0_spike,
    output wire [103:0] act0_v,
    output wire [23:0] act0_count,
    output wire [7:0] act0_out,
    output wire [55:0] act1_acc,
    output wire [71:0] act1_u,
    output wire [7:0] act1_spike,
    output wire [71:0] act1_v,
    output wire [23:0] act1_count,
    output wire [7:0] act1_out,
    output wire [23:0] readout_acc,
    output wire [31:0] readout_v,
    output wire [1:0] best,
    output reg  done
);
    `include "hdl/mlp_if_pkg.vh"

    reg running, pulse;
    reg [AT_W-1:0] at;                  // layer at work
    wire [LAYERS-1:0] dones;

    always @(posedge clk) begin
        if (rst || clear) begin
            running <= 1'b0;
            pulse <= 1'b0;
            at <= {AT_W{1'b0}};
            done <= 1'b1;
        end else if (!running) begin
            if (start) begin
                running <= 1'b1;
                pulse <= 1'b1;
                at <= {AT_W{1'b0}};
                done <= 1'b0;
            end
        end else if (pulse) pulse <= 1'b0;
        else if (dones[at]) begin
            if (at == LAYERS - 1) begin
                running <= 1'b0;
                done <= 1'b1;
            end else begin
                at <= at + 1'b1;
                pulse <= 1'b1;
            end
        end
    end

    dense_layer #(.N_IN(act0_N_IN), .N_OUT(act0_N_OUT), .LANE_W(act0_LANE_W),
                  .WEIGHT_W(act0_WEIGHT_W), .W(act0_W), .CURRENT_W(act0_CURRENT_W),
                  .COUNT_W(act0_COUNT_W), .SPIKE_W(1), .KIND(0), .GREATER(act0_GREATER),
                  .RESET_ZERO(act0_RESET_ZERO), .WEIGHT_FILE(act0_FILE_WEIGHT),
                  .BIAS_FILE(act0_FILE_BIAS), .THETA_FILE(act0_FILE_THETA),
                  .V_INIT_FILE(act0_FILE_V_INIT)) layer_act0 (
        .clk(clk), .rst(rst), .clear(clear), .start(pulse && at == 0), .phase(2'd0),
        .frame(image), .done(dones[0]), .acc_bus(act0_acc), .u_bus(act0_u),
        .spike_bus(act0_spike), .v_bus(act0_v), .count_bus(act0_count), .out_bus(act0_out));

    dense_layer #(.N_IN(act1_N_IN), .N_OUT(act1_N_OUT), .LANE_W(act1_LANE_W),
                  .WEIGHT_W(act1_WEIGHT_W), .W(act1_W), .CURRENT_W(act1_CURRENT_W),
                  .COUNT_W(act1_COUNT_W), .SPIKE_W(1), .KIND(0), .GREATER(act1_GREATER),
                  .RESET_ZERO(act1_RESET_ZERO), .WEIGHT_FILE(act1_FILE_WEIGHT),
                  .BIAS_FILE(act1_FILE_BIAS), .THETA_FILE(act1_FILE_THETA),
                  .V_INIT_FILE(act1_FILE_V_INIT)) layer_act1 (
        .clk(clk), .rst(rst), .clear(clear), .start(pulse && at == 1), .phase(2'd0),
        .frame(act0_out), .done(dones[1]), .acc_bus(act1_acc), .u_bus(act1_u),
        .spike_bus(act1_spike), .v_bus(act1_v), .count_bus(act1_count), .out_bus(act1_out));

    dense_readout #(.N_IN(readout_N_IN), .N_OUT(readout_N_OUT), .LANE_W(readout_LANE_W),
                    .WEIGHT_W(readout_WEIGHT_W), .W(readout_W), .CURRENT_W(readout_CURRENT_W),
                    .CLASS_W(CLASS_W), .WEIGHT_FILE(readout_FILE_WEIGHT),
                    .BIAS_FILE(readout_FILE_BIAS), .V_INIT_FILE(readout_FILE_V_INIT)) layer_readout (
        .clk(clk), .rst(rst), .clear(clear), .start(pulse && at == 2), .frame(act1_out),
        .done(dones[2]), .acc_bus(readout_acc), .v_bus(readout_v), .best(best));
endmodule
