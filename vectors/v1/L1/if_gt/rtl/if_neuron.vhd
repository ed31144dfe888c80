-- Integrate-and-fire neuron: the twin of if_neuron.v, port by port.
--
--   u = v + current;  spike = (u >= theta);  v = u - theta * spike
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.membrane_add.all;

entity if_neuron is
    generic (
        W          : positive := 12;    -- membrane
        CURRENT_W  : positive := 8;     -- input current
        COUNT_W    : positive := 4;     -- spike counter
        OVERFLOW   : natural := 0;      -- of membrane_add
        GREATER    : natural := 0;      -- 1: fire at u > theta
        RESET_ZERO : natural := 0       -- 1: reset to zero instead of subtracting theta
    );
    port (
        clk     : in  std_logic;
        rst     : in  std_logic;
        clear   : in  std_logic;
        en      : in  std_logic;
        current : in  signed(CURRENT_W - 1 downto 0);
        theta   : in  signed(W - 1 downto 0);
        v_init  : in  signed(W - 1 downto 0);
        spike   : out std_logic;
        u       : out signed(W - 1 downto 0);
        v       : out signed(W - 1 downto 0);
        count   : out unsigned(COUNT_W - 1 downto 0)
    );
end entity;

architecture rtl of if_neuron is
    signal membrane : signed(W - 1 downto 0);
    signal spikes   : unsigned(COUNT_W - 1 downto 0);
begin
    v <= membrane;
    count <= spikes;

    process (clk)
        variable sum  : signed(W - 1 downto 0);
        variable fire : boolean;
    begin
        if rising_edge(clk) then
            if rst = '1' or clear = '1' then
                spike <= '0';
                u <= v_init;
                membrane <= v_init;
                spikes <= (others => '0');
            elsif en = '1' then
                sum := held(membrane, current, OVERFLOW);
                fire := sum > theta or (GREATER = 0 and sum = theta);
                spike <= '0';
                u <= sum;
                membrane <= sum;
                if fire then
                    spike <= '1';
                    spikes <= spikes + 1;
                    membrane <= sum - theta;
                    if RESET_ZERO /= 0 then
                        membrane <= (others => '0');
                    end if;
                end if;
            end if;
        end if;
    end process;
end architecture;
