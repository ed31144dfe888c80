// mlp_if: generated from manifest.json
localparam SAMPLES = 8;
localparam T_IN = 4;
localparam IMAGE_W = 64;
localparam WIDEST = 64;
localparam PATIENCE = 304;
localparam FILE_IMAGES = "stim/input.x.hex";
