"""Synthesizable Verilog-2005 of the integer neurons, its test bench, and the simulator runner."""
