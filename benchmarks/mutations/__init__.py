"""Breaks one guarantee at a time, by the smallest change, and sees whether a test notices."""
