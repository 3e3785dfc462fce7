"""Learned equations marched by pairs of an explicit and an implicit Runge-Kutta scheme."""
