// overflow: generated from manifest.json
localparam CASES = 256;
localparam BINARY = 0;
localparam SUM = 0;
localparam A_W = 8;
localparam A_SIGNED = 1;
localparam WIDE_W = 9;
localparam DROP = 0;
localparam OUT_W = 5;
localparam OUT_SIGNED = 1;
localparam N_ROUNDINGS = 1;
localparam N_OVERFLOWS = 5;
localparam signed [WIDE_W-1:0] FACTOR = 9'sd1;
localparam [3:0] ROUNDINGS = 4'h0;
localparam [19:0] OVERFLOWS = 20'h43210;
localparam FILE_A = "stim/overflow.a.hex";
localparam FILE_Y = "exp/overflow.y.hex";
