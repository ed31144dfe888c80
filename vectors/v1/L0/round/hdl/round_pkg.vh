// round: generated from manifest.json
localparam CASES = 256;
localparam BINARY = 0;
localparam SUM = 0;
localparam A_W = 8;
localparam A_SIGNED = 1;
localparam WIDE_W = 9;
localparam DROP = 3;
localparam OUT_W = 6;
localparam OUT_SIGNED = 1;
localparam N_ROUNDINGS = 13;
localparam N_OVERFLOWS = 1;
localparam signed [WIDE_W-1:0] FACTOR = 9'sd1;
localparam [51:0] ROUNDINGS = 52'hcba9876543210;
localparam [3:0] OVERFLOWS = 4'h0;
localparam FILE_A = "stim/round.a.hex";
localparam FILE_Y = "exp/round.y.hex";
