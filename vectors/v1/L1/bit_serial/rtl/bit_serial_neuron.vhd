-- Bit-serial neuron: the twin of bit_serial_neuron.v, port by port.
--
--   integrate  u = v = v + current
--   emit t     u = v;  spike = (v >= theta << (BITS - t));  v = v - (theta << (BITS - t)) * spike
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.membrane_add.all;

entity bit_serial_neuron is
    generic (
        W         : positive := 12;     -- membrane; holds theta << (BITS - 1)
        CURRENT_W : positive := 8;      -- input current
        COUNT_W   : positive := 4;      -- level, at least BITS
        OVERFLOW  : natural := 0;       -- of membrane_add
        BITS      : positive := 4       -- bits of the level
    );
    port (
        clk     : in  std_logic;
        rst     : in  std_logic;
        clear   : in  std_logic;
        en      : in  std_logic;
        phase   : in  std_logic_vector(1 downto 0);     -- 01 integrate, 11 emit
        current : in  signed(CURRENT_W - 1 downto 0);
        theta   : in  signed(W - 1 downto 0);
        v_init  : in  signed(W - 1 downto 0);
        spike   : out std_logic;
        u       : out signed(W - 1 downto 0);
        v       : out signed(W - 1 downto 0);
        count   : out unsigned(COUNT_W - 1 downto 0)
    );
end entity;

architecture rtl of bit_serial_neuron is
    signal membrane  : signed(W - 1 downto 0);
    signal threshold : signed(W - 1 downto 0);              -- theta * worth
    signal worth     : unsigned(BITS - 1 downto 0);         -- of the next spike
    signal level     : unsigned(COUNT_W - 1 downto 0);
begin
    v <= membrane;
    count <= level;

    process (clk)
        variable sum : signed(W - 1 downto 0);
    begin
        if rising_edge(clk) then
            if rst = '1' or clear = '1' then
                spike <= '0';
                u <= v_init;
                membrane <= v_init;
                level <= (others => '0');
                worth <= (others => '0');
                worth(BITS - 1) <= '1';
                threshold <= shift_left(theta, BITS - 1);
            elsif en = '1' and phase = "11" then
                spike <= '0';
                u <= membrane;
                if membrane >= threshold then
                    spike <= '1';
                    membrane <= membrane - threshold;
                    level <= level or resize(worth, COUNT_W);
                end if;
                worth <= shift_right(worth, 1);
                threshold <= shift_right(threshold, 1);
            elsif en = '1' then
                sum := held(membrane, current, OVERFLOW);
                spike <= '0';
                u <= sum;
                membrane <= sum;
            end if;
        end if;
    end process;
end architecture;
