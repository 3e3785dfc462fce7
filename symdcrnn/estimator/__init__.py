"""The estimator for scikit-learn: settings as parameters, data of many kinds in, labelled results out."""
