ensure_images() { :; }
