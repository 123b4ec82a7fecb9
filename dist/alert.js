process.env.INPUT_MODE='alert';await import('./main.js');
