// add_sat: generated from manifest.json
localparam CASES = 1024;
localparam BINARY = 1;
localparam SUM = 1;
localparam A_W = 5;
localparam A_SIGNED = 1;
localparam WIDE_W = 6;
localparam DROP = 0;
localparam OUT_W = 5;
localparam OUT_SIGNED = 1;
localparam N_ROUNDINGS = 1;
localparam N_OVERFLOWS = 5;
localparam signed [WIDE_W-1:0] FACTOR = 6'sd1;
localparam [3:0] ROUNDINGS = 4'h0;
localparam [19:0] OVERFLOWS = 20'h43210;
localparam FILE_A = "stim/add_sat.a.hex";
localparam FILE_B = "stim/add_sat.b.hex";
localparam FILE_Y = "exp/add_sat.y.hex";
