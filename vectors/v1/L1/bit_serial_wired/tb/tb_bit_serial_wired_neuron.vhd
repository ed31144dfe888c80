-- Self-checking test bench of bit_serial_wired_neuron in VHDL. Run from the root of the bundle.
-- Inputs change on the falling edge; outputs are compared on a later falling edge. Ends with
-- "PASS <words>", or "FAIL <k> of <n>" and a failure.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use std.env.finish;
use std.textio.all;
use work.neuron_pkg.all;

entity tb_bit_serial_wired_neuron is
end entity;

architecture bench of tb_bit_serial_wired_neuron is
    constant SHOWN      : natural := 5;         -- mismatches printed
    constant PATIENCE   : natural := 64 + ROWS; -- clocks to wait for a row
    constant CHECK_ROWS : boolean := true;

    type words is array (natural range <>) of std_logic_vector(63 downto 0);

    impure function loaded(path : string; count, width : positive) return words is
        file source    : text open read_mode is path;
        variable row   : line;
        variable wide  : std_logic_vector((width + 3) / 4 * 4 - 1 downto 0);
        variable found : words(0 to count - 1);
    begin
        for i in found'range loop
            readline(source, row);
            hread(row, wide);
            found(i) := (others => '0');
            found(i)(wide'range) := wide;
        end loop;
        assert endfile(source) report path & ": more words than expected" severity failure;
        return found;
    end function;

    signal clk, rst, clear, in_valid  : std_logic := '0';
    signal row_valid, out_valid : std_logic;
    signal in_data  : signed(CURRENT_W - 1 downto 0) := (others => '0');
    signal spike    : std_logic_vector(SPIKE_W - 1 downto 0);
    signal v_post   : signed(W - 1 downto 0);
    signal ended    : boolean := false;
begin
    clk <= not clk after 5 ns when not ended else '0';

    unit : entity work.bit_serial_wired_neuron_top
        port map (clk => clk, rst => rst, clear => clear, in_valid => in_valid,
                  in_data => in_data, out_valid => out_valid, spike => spike,
                  v_post => v_post, row_valid => row_valid);

    process
        variable stim      : words(0 to SAMPLES * T_IN - 1);
        variable abort     : words(0 to SAMPLES - 1);
        variable exp_spike : words(0 to SAMPLES * ROWS - 1);
        variable exp_v     : words(0 to SAMPLES * ROWS - 1);
        variable sample, row, sent, waited, checked, failed : natural := 0;
        variable prev_v    : signed(W - 1 downto 0);

        procedure say(message : string) is
            variable text_line : line;
        begin
            write(text_line, message);
            writeline(output, text_line);
        end procedure;

        impure function valid return boolean is
        begin
            if CHECK_ROWS then
                return row_valid = '1';
            end if;
            return out_valid = '1';
        end function;

        procedure check(signal_name : string; got : std_logic_vector; expected : words;
                        at : natural) is
            variable exp : std_logic_vector(got'length - 1 downto 0);
        begin
            exp := expected(at)(got'length - 1 downto 0);
            checked := checked + 1;
            if got /= exp then
                failed := failed + 1;
                if failed <= SHOWN then
                    say("MISMATCH file=" & signal_name & " sample=" & integer'image(sample)
                        & " step=" & integer'image(row) & " index=0 got=" & to_string(got)
                        & " exp=" & to_string(exp) & " prev_v="
                        & to_string(std_logic_vector(prev_v)));
                end if;
            end if;
        end procedure;

        procedure fault(what : string) is
        begin
            failed := failed + 1;
            if failed <= SHOWN then
                say("MISMATCH sample=" & integer'image(sample) & " step=" & integer'image(row)
                    & ": " & what);
            end if;
        end procedure;

        -- One clock that executes nothing: no current, or one too many. All outputs rest.
        procedure idle(offered : std_logic; noise : signed) is
            variable prev_spike : std_logic_vector(spike'range);
        begin
            prev_spike := spike;
            in_valid <= offered;
            in_data <= noise;
            wait until falling_edge(clk);
            in_valid <= '0';
            in_data <= (others => '0');
            if CHECK_ROWS and (row_valid /= '0' or out_valid /= '0') then
                fault("valid without a row");
            end if;
            if not CHECK_ROWS and out_valid /= '0' then
                fault("a frame too many");
            end if;
            if CHECK_ROWS and (spike /= prev_spike or v_post /= prev_v) then
                fault("outputs change without a row");
            end if;
        end procedure;

        -- In every second sample after pauses.
        procedure drive is
        begin
            if sent < T_IN then
                for i in 1 to sample mod 2 * (sample / 2 * (2 * sent + 1) mod 3) loop
                    idle('0', not signed(stim(sample * T_IN + sent)(CURRENT_W - 1 downto 0)));
                end loop;
            end if;
            in_valid <= '0';
            if sent < T_IN then
                in_valid <= '1';
                in_data <= signed(stim(sample * T_IN + sent)(CURRENT_W - 1 downto 0));
                sent := sent + 1;
            end if;
            wait until falling_edge(clk);
            in_valid <= '0';
            in_data <= (others => '0');
        end procedure;

        procedure run_rows(last : natural; compared : boolean) is
        begin
            sent := 0;
            waited := 0;
            row := 0;
            if not CHECK_ROWS then
                row := ROWS - T_OUT;
            end if;
            if not CHECK_ROWS and EMIT_ONLY /= 0 then
                while sent < T_IN loop
                    drive;
                    if valid and sent < T_IN then
                        waited := PATIENCE;
                    end if;
                end loop;
            else
                drive;
            end if;
            while row < last and waited < PATIENCE loop
                if valid then
                    if compared then
                        if CHECK_ROWS and (out_valid = '1') /= (row >= ROWS - T_OUT) then
                            fault("out_valid in the wrong row");
                        end if;
                        check("spike", spike, exp_spike, sample * ROWS + row);
                        if CHECK_ROWS then
                            check("v", std_logic_vector(v_post), exp_v, sample * ROWS + row);
                        end if;
                    end if;
                    prev_v := v_post;
                    row := row + 1;
                    waited := 0;
                    if row < last then
                        drive;
                    end if;
                else
                    if CHECK_ROWS and out_valid /= '0' then
                        fault("out_valid without a row");
                    end if;
                    waited := waited + 1;
                    wait until falling_edge(clk);
                end if;
            end loop;
            if row < last then
                fault("no valid output in time");
            end if;
        end procedure;

        procedure start_sample(reset : boolean) is
        begin
            row := 0;
            if reset then
                rst <= '1';
            else
                clear <= '1';
            end if;
            if sample mod 2 = 1 then
                in_valid <= '1';        -- clear and reset win
            end if;
            in_data <= (others => '1');
            wait until falling_edge(clk);
            in_valid <= '0';
            in_data <= (others => '0');
            clear <= '0';
            rst <= '0';
            prev_v := to_signed(V_INIT, W);
            if CHECK_ROWS and (unsigned(spike) /= 0 or v_post /= V_INIT or row_valid /= '0'
                               or out_valid /= '0') then
                fault("not at rest after clear");
            end if;
        end procedure;
    begin
        stim := loaded(FILE_CURRENT, stim'length, CURRENT_W);
        abort := loaded(FILE_ABORT, abort'length, ABORT_W);
        exp_spike := loaded(FILE_SPIKE, exp_spike'length, SPIKE_W);
        exp_v := loaded(FILE_V, exp_v'length, W);
        rst <= '1';
        wait until falling_edge(clk);
        wait until falling_edge(clk);
        rst <= '0';
        for s in 0 to SAMPLES - 1 loop
            sample := s;
            start_sample(false);
            if CHECK_ROWS and unsigned(abort(s)) /= 0 then
                run_rows(to_integer(unsigned(abort(s)(30 downto 0))), false);
                start_sample(s mod 8 = 7);
            end if;
            run_rows(ROWS, true);
            idle('0', to_signed(-1, CURRENT_W));
            idle('0', to_signed(0, CURRENT_W));
        end loop;
        for i in 1 to PATIENCE loop
            idle('0', to_signed(0, CURRENT_W));
        end loop;
        ended <= true;
        if failed /= 0 then
            say("FAIL " & integer'image(failed) & " of " & integer'image(checked));
            report "vectors differ" severity failure;
        end if;
        say("PASS " & integer'image(checked));
        finish;
    end process;
end architecture;
