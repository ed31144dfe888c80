// mul: generated from manifest.json
localparam CASES = 256;
localparam BINARY = 1;
localparam SUM = 0;
localparam A_W = 4;
localparam A_SIGNED = 1;
localparam WIDE_W = 8;
localparam DROP = 2;
localparam OUT_W = 5;
localparam OUT_SIGNED = 1;
localparam N_ROUNDINGS = 13;
localparam N_OVERFLOWS = 5;
localparam signed [WIDE_W-1:0] FACTOR = 8'sd1;
localparam [51:0] ROUNDINGS = 52'hcba9876543210;
localparam [19:0] OVERFLOWS = 20'h43210;
localparam FILE_A = "stim/mul.a.hex";
localparam FILE_B = "stim/mul.b.hex";
localparam FILE_Y = "exp/mul.y.hex";
