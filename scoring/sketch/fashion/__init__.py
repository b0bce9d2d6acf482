"""Fashion: figures in garments, flat lays and textiles."""
