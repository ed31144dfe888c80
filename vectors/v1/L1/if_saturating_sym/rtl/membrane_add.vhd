-- Sum of the membrane and one addend, brought back to the width of the membrane: membrane_add.v.
--
-- mode: 0 the lowest bits, 1 saturate, 2 saturate symmetrically.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package membrane_add is
    function held(v : signed; addend : signed; mode : natural) return signed;
end package;

package body membrane_add is
    function held(v : signed; addend : signed; mode : natural) return signed is
        constant W : positive := v'length;
        variable wide : signed(W + 1 downto 0);
        variable top, bottom : signed(W - 1 downto 0);
    begin
        wide := resize(v, W + 2) + resize(addend, W + 2);
        top := (others => '1');
        top(W - 1) := '0';
        bottom := (others => '0');
        bottom(W - 1) := '1';
        if mode = 2 then
            bottom(0) := '1';
        end if;
        if mode = 0 then
            return wide(W - 1 downto 0);
        elsif wide > resize(top, W + 2) then
            return top;
        elsif wide < resize(bottom, W + 2) then
            return bottom;
        end if;
        return wide(W - 1 downto 0);
    end function;
end package body;
