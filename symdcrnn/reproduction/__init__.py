"""The paper's tables, computed anew beside its own figures."""
