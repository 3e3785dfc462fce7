"""Moving between forms: of data and of learned equations, each linear in what it starts from."""
