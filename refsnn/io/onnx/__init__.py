"""Trained networks from ONNX files. Needs the package onnx (extra: onnx)."""

from refsnn.io.onnx.build import load_onnx

__all__ = ["load_onnx"]
