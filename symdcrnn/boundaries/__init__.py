"""What stands at the walls of space while equations are marched: inflow, vacuum, reflection."""
