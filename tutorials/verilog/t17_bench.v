// Lesson T17: drive 20 words {clear, in_valid, in_data} into the unit, print its registers after each
// rising edge. It compares nothing: the lesson does.
module bench;
    reg clk = 0;
    reg clear, valid;
    reg [3:0] data;
    reg [5:0] stim [0:19];
    wire row_valid, spike;
    wire [5:0] v;
    integer n;

    if_unit unit (.clk(clk), .rst(1'b0), .clear(clear), .in_valid(valid), .in_data(data),
        .row_valid(row_valid), .out_valid(), .spike(spike), .v_post(v));

    initial begin
        $readmemh("stim.hex", stim);
        for (n = 0; n < 20; n = n + 1) begin
            {clear, valid, data} = stim[n];
            #5 clk = 1;
            #5 clk = 0;
            $display("ROW %0d %0d %0d", row_valid, spike, v);
        end
    end
endmodule
