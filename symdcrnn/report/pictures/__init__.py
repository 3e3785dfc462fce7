"""Pictures of data and of what was learned from it.  Names come from files, so none of them is read as a formula."""
