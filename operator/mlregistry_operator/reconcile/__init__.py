"""Doing: observe, plan, apply, summarise, one file for each step."""
