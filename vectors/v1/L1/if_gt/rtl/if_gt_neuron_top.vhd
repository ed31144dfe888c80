-- The neuron of if_gt_neuron behind the port contract, in VHDL: rtl/if_gt_neuron_top.v, port by port. Generated.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.neuron_pkg.all;

entity if_gt_neuron_top is
    port (
        clk       : in  std_logic;
        rst       : in  std_logic;
        clear     : in  std_logic;
        in_valid  : in  std_logic;
        in_data   : in  signed(CURRENT_W - 1 downto 0);
        row_valid : out std_logic;
        out_valid : out std_logic;
        spike     : out std_logic_vector(SPIKE_W - 1 downto 0);
        v_post    : out signed(W - 1 downto 0)
    );
end entity;

architecture rtl of if_gt_neuron_top is
    signal row         : natural range 0 to ROWS;
    signal en, takes   : std_logic;
    signal phase       : std_logic_vector(1 downto 0);
begin
    takes <= '1' when row < T_IN else '0';
    en <= in_valid when takes = '1' else '1' when row < ROWS else '0';
    phase <= "00" when PHASED = 0 else "01" when takes = '1' else "10" when row < T_IN + RELAX
             else "11";

    process (clk)
    begin
        if rising_edge(clk) then
            row_valid <= '0';
            out_valid <= '0';
            if rst = '1' or clear = '1' then
                row <= 0;
            elsif en = '1' then
                row <= row + 1;
                row_valid <= '1';
                if phase = "00" or phase = "11" then
                    out_valid <= '1';
                end if;
            end if;
        end if;
    end process;

    unit : entity work.if_neuron
        generic map (W => W, CURRENT_W => CURRENT_W, COUNT_W => COUNT_W, OVERFLOW => OVERFLOW, GREATER => GREATER, RESET_ZERO => RESET_ZERO)
        port map (
            clk => clk, rst => rst, clear => clear, en => en, current => in_data,
            theta => to_signed(THETA, W), v_init => to_signed(V_INIT, W),
            spike => spike(0), u => open, v => v_post, count => open);
end architecture;
