"""ecomplan: an e-commerce platform's orders become its yearly plan."""
