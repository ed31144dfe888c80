// requantise: generated from manifest.json
localparam CASES = 256;
localparam BINARY = 0;
localparam SUM = 0;
localparam A_W = 8;
localparam A_SIGNED = 1;
localparam WIDE_W = 12;
localparam DROP = 6;
localparam OUT_W = 5;
localparam OUT_SIGNED = 1;
localparam N_ROUNDINGS = 13;
localparam N_OVERFLOWS = 5;
localparam signed [WIDE_W-1:0] FACTOR = -12'sd13;
localparam [51:0] ROUNDINGS = 52'hcba9876543210;
localparam [19:0] OVERFLOWS = 20'h43210;
localparam FILE_A = "stim/requantise.a.hex";
localparam FILE_Y = "exp/requantise.y.hex";
