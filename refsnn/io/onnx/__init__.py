"""Trained networks from ONNX files. Needs the package onnx (extra: onnx)."""

from refsnn.io.onnx.build import load_onnx, read_header
from refsnn.io.onnx.header import Header

__all__ = ["Header", "load_onnx", "read_header"]
