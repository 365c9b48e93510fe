"""What leaves the project: a trained model in a folder of its own, with a card that says what it is; a store's card."""
